-- Two corrections of long ago: the row of somebody who moved or signed about then turns out to have been a prospect's
-- of the next property, and a grievance of somebody else comes to light. Variables: arrived_on, late_on.
create or replace temp table late_segments as
select
    customer_id,
    started_on,
    'prospect' as segment,
    property_key((cast(property_id[2:] as integer) + 1) % getvariable('properties')) as property_id,
    ended_on,
    cast(getvariable('arrived_on') as timestamp) as updated_at
from made_segments()
where started_on >= getvariable('first_day')
order by abs(started_on - getvariable('late_on')), customer_id
limit 1;

create or replace temp table late_interactions as
select
    'x00000001' as interaction_id,
    min(segments.customer_id) as customer_id,
    cast(getvariable('late_on') as timestamp) + to_hours(10) as occurred_at,
    'letter' as channel,
    'inbound' as direction,
    'maintenance' as touchpoint,
    cast(null as varchar) as issue_id,
    'heating' as issue_category,
    'grievance' as nature,
    cast(-0.9 as decimal(3, 2)) as sentiment,
    'My letter of that week was never answered.' as body
from made_segments() as segments
where
    segments.segment = 'resident'
    and segments.started_on < getvariable('first_day')
    and segments.customer_id not in (select late_segments.customer_id from late_segments);
