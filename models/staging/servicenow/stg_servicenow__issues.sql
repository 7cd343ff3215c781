-- stg_servicenow__issues: one row per incident and time that it was open. A reopened incident is open again from its
-- reopening on: that it would be was not known before.
with

updates as (

    select * from {{ ref('stg_servicenow__incident_updates') }}
    where row_status = 'used'

),

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

with_previous as (

    select
        *,
        lag(is_resolved) over (
            partition by incident_id
            order by update_number
        ) as was_resolved
    from updates

),

numbered as (

    select
        *,
        was_resolved is null or (was_resolved and not is_resolved) as is_opening,
        1 + sum(case when was_resolved and not is_resolved then 1 else 0 end) over (
            partition by incident_id
            order by update_number
            rows unbounded preceding
        ) as opening_number
    from with_previous

),

openings as (

    select
        incident_id,
        opening_number,
        -- As they were known then: a category may be missing at first, and be given later.
        max(case when is_opening then caller_id end) as caller_id,
        max(case when is_opening then category end) as category,
        case when opening_number = 1 then min(opened_at) else min(updated_at) end as opened_at,
        min(case when is_resolved then updated_at end) as resolved_at
    from numbered
    group by incident_id, opening_number

),

final as (

    select
        case
            when openings.opening_number = 1 then openings.incident_id
            else openings.incident_id || '/' || openings.opening_number
        end as issue_id,
        openings.caller_id as customer_id,
        openings.category as issue_category,
        openings.opened_at,
        openings.resolved_at,
        case when cast(openings.opened_at as date) > score_window.as_of then 'waiting' else 'used' end as row_status
    from openings
    cross join score_window

)

select * from final
