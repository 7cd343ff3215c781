-- decisions: one row per decision that is taken: its experience, its probability, and whether the answer is yes.
create or replace table decisions as
with

taken as (

    select
        decisions_due.*,
        experiences.experience,
        case decisions_due.outcome
            when 'conversion' then logistic(truth.conversion_base + truth.conversion_slope * experiences.experience)
            else logistic(truth.renewal_base + truth.renewal_slope * experiences.experience)
        end as probability,
        x(draw('decision', decisions_due.customer_no, decisions_due.decision), 0) < probability as is_yes
    from decisions_due
    inner join experiences
        on decisions_due.customer_no = experiences.customer_no and decisions_due.decision = experiences.moment
    cross join truth

),

-- Who has once said no takes no further decision.
with_refusals as (

    select
        *,
        count(*) filter (where not is_yes) over (
            partition by customer_no
            order by decided_at
            rows between unbounded preceding and 1 preceding
        ) as refusals_before
    from taken

)

select * exclude (refusals_before) from with_refusals where refusals_before = 0;


-- stays: one row per customer and segment: from when on, and until when.
create or replace table stays as
with

-- A prospect who says nothing more is taken off the list after two weeks.
as_prospects as (

    select
        people.customer_no,
        'prospect' as segment,
        people.arrived_on as started_on,
        case when decisions.is_yes then decisions.effective_on else decisions.decided_on + 14 end as last_known_end,
        case
            when decisions.is_yes or last_known_end <= getvariable('last_day') then last_known_end
        end as ended_on
    from people
    left join decisions
        on people.customer_no = decisions.customer_no and decisions.outcome = 'conversion'
    where people.is_prospect and not people.in_a_story

),

as_residents as (

    select
        people.customer_no,
        'resident' as segment,
        people.moved_in_on as started_on,
        notices.effective_on as ended_on
    from people
    left join decisions as signings
        on people.customer_no = signings.customer_no and signings.outcome = 'conversion'
    left join decisions as notices
        on people.customer_no = notices.customer_no and notices.outcome = 'renewal' and not notices.is_yes
    where not people.in_a_story and (signings.is_yes or not people.is_prospect)

)

select customer_no, segment, started_on, ended_on from as_prospects
union all
select customer_no, segment, started_on, ended_on from as_residents;


-- lived_matters: the matters that fall into a stay.
create or replace table lived_matters as
select
    matters.*,
    least(stays.ended_on, getvariable('last_day') + 1) as leaves_on
from matters
inner join stays
    on matters.customer_no = stays.customer_no
    and matters.segment = stays.segment
    and matters.happened_at >= stays.started_on
    and (stays.ended_on is null or matters.happened_at < stays.ended_on);


create or replace table raw.customer_segments as
select
    people.customer_id,
    stays.started_on,
    stays.segment,
    places.property_id,
    stays.ended_on
from stays
inner join people
    on stays.customer_no = people.customer_no
inner join places
    on people.property_no = places.property_no;


create or replace table raw.issues as
select
    printf('t%07d-%s', customer_no, matter) as issue_id,
    customer_key(customer_no) as customer_id,
    issue_category,
    iso(happened_at) as opened_at,
    case when fixed_at < getvariable('last_day') + 1 then iso(fixed_at) end as resolved_at,
    null::varchar as updated_at
from lived_matters
where kind = 'ticket';


create or replace table raw.outcomes as
with

signed as (

    select
        customer_no,
        decision,
        outcome,
        decided_at as occurred_at
    from decisions
    where is_yes

),

moved_out as (

    select
        customer_no,
        decision,
        'move_out' as outcome,
        daytime(effective_on, 0.5) as occurred_at
    from decisions
    where outcome = 'renewal' and not is_yes and effective_on <= getvariable('last_day')

),

unioned as (

    select * from signed
    union all
    select * from moved_out

)

select
    printf('o%07d-%s', unioned.customer_no, unioned.decision) as outcome_id,
    people.customer_id,
    unioned.outcome,
    iso(unioned.occurred_at) as occurred_at,
    case when unioned.outcome <> 'move_out' then people.annual_rent end as amount
from unioned
inner join people
    on unioned.customer_no = people.customer_no;
