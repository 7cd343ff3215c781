-- stg_files__changes: one row per customer and way in which the tables of the contract say something else about them
-- than when the last build finished, with the first day that it can matter for.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

{{ news_of('interactions', 'stg_files__interactions', ['interaction_id'], [
    'customer_id',
    'dated_on',
    'issue_id',
    'channel',
    'direction',
    'touchpoint',
    'issue_category',
    'nature',
    'body',
    'sentiment',
    'occurred_at',
]) }},

{{ news_of('issues', 'stg_files__issues', ['issue_id'], [
    'customer_id',
    'dated_on',
    'issue_category',
    'opened_at',
    'resolved_at',
]) }},

-- Nothing is new about an issue before the day on which it was resolved, if that is all that is new.
issue_days as (

    select
        customer_id,
        dated_on,
        bool_or(was_counted) over (partition by issue_id)
        and bool_and(was_counted or is_counted) over (partition by issue_id)
        and bool_or(is_counted) over (partition by issue_id)
        and min(opened_at) over (partition by issue_id) = max(opened_at) over (partition by issue_id)
        and min(customer_id) over (partition by issue_id) = max(customer_id) over (partition by issue_id)
            as is_resolution,
        min(
            cast(case when resolved_at < opened_at then opened_at else resolved_at end as date)
        ) over (partition by issue_id) as resolved_on
    from issues

),

-- A resolution that was to come when the last build finished.
resolutions_due as (

    select
        kept.customer_id,
        cast(kept.resolved_at as date) as resolved_on
    from {{ ref('stg_files__issues') }} as kept
    inner join score_window
        on
            kept.resolved_at >= score_window.built_as_of + 1
            and kept.resolved_at < score_window.as_of + 1
    where kept.row_status = 'used'

),

{{ news_of('customer_segments', 'stg_files__customer_segments', ['customer_id', 'started_on'], [
    'customer_id',
    'started_on',
    'segment',
    'property_id',
    'ended_on',
]) }},

segment_days as (

    select
        customer_id,
        started_on,
        bool_or(was_counted) over (partition by customer_id, started_on)
        and bool_and(was_counted or is_counted) over (partition by customer_id, started_on)
        and bool_or(is_counted) over (partition by customer_id, started_on)
        and min(segment) over (partition by customer_id, started_on)
        = max(segment) over (partition by customer_id, started_on)
        and min(coalesce(property_id, '')) over (partition by customer_id, started_on)
        = max(coalesce(property_id, '')) over (partition by customer_id, started_on)
            as is_ending,
        min(ended_on) over (partition by customer_id, started_on) as ended_on
    from customer_segments

),

moved_customers as (

    select distinct customer_id
    from customer_segments

),

-- Whoever has their first segment, or none any longer, was or is assumed to be a resident by other sources.
segment_holders as (

    select
        kept.customer_id,
        max(case when kept.row_status = 'used' then 1 else 0 end) as has_segments,
        max(
            case
                when
                    kept._load_id <= score_window.built_load_id
                    and kept.reason is null
                    and not kept.is_deleted
                    and (kept.row_status = 'used' or kept.superseded_by_load_id > score_window.built_load_id)
                    then 1
                else 0
            end
        ) as had_segments
    from {{ ref('stg_files__customer_segments') }} as kept
    inner join moved_customers
        on kept.customer_id = moved_customers.customer_id
    cross join score_window
    group by kept.customer_id

),

{{ news_of('customers', 'stg_files__customers', ['customer_id'], ['customer_id', 'customer_name', 'email']) }},

-- Where no segment was known at all, everybody was assumed to be a resident.
first_segments as (

    select min(kept._load_id) > max(score_window.built_load_id) as are_new
    from {{ ref('stg_files__customer_segments') }} as kept
    cross join score_window

),

no_longer_assumed as (

    select interactions.customer_id
    from {{ ref('stg_files__interactions') }} as interactions
    inner join first_segments
        on first_segments.are_new

),

changes as (

    select
        customer_id,
        dated_on as changed_on
    from interactions

    union all

    select
        customer_id,
        case when is_resolution then resolved_on else dated_on end as changed_on
    from issue_days

    union all

    select
        customer_id,
        resolved_on as changed_on
    from resolutions_due

    union all

    select
        segment_days.customer_id,
        case
            when segment_holders.has_segments + segment_holders.had_segments < 2 then date '0001-01-01'
            when segment_days.is_ending then segment_days.ended_on
            else segment_days.started_on
        end as changed_on
    from segment_days
    inner join segment_holders
        on segment_days.customer_id = segment_holders.customer_id

    union all

    -- A name matters for no day.
    select
        customer_id,
        cast(null as date) as changed_on
    from customers

    union all

    select distinct
        customer_id,
        date '0001-01-01' as changed_on
    from no_longer_assumed

)

select * from changes
