-- The same contacts, made of the raw messages: what somebody who keeps no contacts does first. The made rows are clean
-- and come once, so that nothing need be judged; what their texts say is known, so that nothing need be read.
create or replace temp table messages as
select
    raw_rows.customer_id,
    raw_rows.issue_id,
    coalesce(
        raw_rows.issue_category,
        case when natures.is_problem then text_readings.text_category end
    ) as told_category,
    cast(cast(raw_rows.occurred_at as timestamp) as date) as contact_on,
    natures.is_problem,
    natures.nature = 'commendation' as is_commendation,
    case
        when raw_rows.issue_id is not null then 'issue ' || raw_rows.issue_id
        when told_category is not null then 'category ' || told_category
        else 'nature ' || natures.nature
    end as matter,
    coalesce(cast(raw_rows.sentiment as double), text_readings.text_tone, cast(natures.default_tone as double)) as tone,
    case natures.nature
        when 'grievance' then least(tone, 0)
        when 'commendation' then greatest(tone, 0)
        else tone
    end as signed_tone,
    cast(natures.resident_effect as double) as resident_effect,
    cast(natures.prospect_effect as double) as prospect_effect
from w.raw.interactions as raw_rows
left join text_readings
    on raw_rows.body = text_readings.body
inner join w.rules.natures as natures
    on
        coalesce(
            raw_rows.nature,
            text_readings.text_nature,
            case when coalesce(raw_rows.issue_id, raw_rows.issue_category) is null then 'inquiry' else 'request' end
        ) = natures.nature
where coalesce(raw_rows.direction, 'inbound') = 'inbound';

create or replace temp table contacts as
select
    customer_id || contact_on || is_commendation || matter as contact_id,
    customer_id,
    min(issue_id) as issue_id,
    contact_on,
    is_commendation,
    max(greatest(signed_tone, 0)) as pleasant,
    max(greatest(-signed_tone, 0)) as unpleasant,
    max(greatest(resident_effect, 0)) as resident_gain,
    max(greatest(-resident_effect, 0)) as resident_cost,
    max(greatest(prospect_effect, 0)) as prospect_gain,
    max(greatest(-prospect_effect, 0)) as prospect_cost
from messages
group by customer_id, contact_on, is_commendation, matter;

create or replace temp table contact_problems as
select distinct
    customer_id || contact_on || is_commendation || matter as contact_id,
    customer_id,
    told_category as issue_category,
    contact_on
from messages
where is_problem;
