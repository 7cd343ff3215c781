-- stg_servicenow__customer_segments: one row per caller and day on which they first called, or first called from
-- another location. A caller is a resident of the last known location.
with

updates as (

    select * from {{ ref('stg_servicenow__incident_updates') }}
    where row_status = 'used'

),

openings as (

    select
        caller_id,
        cast(opened_at as date) as opened_on,
        {{ last_known('location') }} over (
            partition by caller_id
            order by opened_at, incident_id
            rows unbounded preceding
        ) as location,
        row_number() over (
            partition by caller_id, cast(opened_at as date)
            order by opened_at desc, incident_id desc
        ) as number_from_last
    from updates
    where update_number = 1

),

with_previous as (

    select
        *,
        row_number() over (
            partition by caller_id
            order by opened_on
        ) as day_number,
        lag(location) over (
            partition by caller_id
            order by opened_on
        ) as previous_location
    from openings
    where number_from_last = 1

),

final as (

    select
        caller_id as customer_id,
        location as property_id,
        'resident' as segment,
        opened_on as started_on,
        cast(null as date) as ended_on,
        'used' as row_status
    from with_previous
    where
        day_number = 1
        or location is distinct from previous_location

)

select * from final
