-- stg_servicenow__changes: one row per caller and incident of which the log says something else than when the last
-- build finished, with the first day that it can matter for. What the log says of a day depends on the rows up to it.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

updates as (

    select * from {{ ref('stg_servicenow__incident_updates') }}
    where reason is null

),

moved as (

    select
        updates.incident_id,
        updates.dated_on as changed_on
    from updates
    inner join score_window
        on updates._load_id > coalesce(score_window.built_load_id, 0)

    union all

    select
        updates.incident_id,
        updates.dated_on as changed_on
    from updates
    inner join score_window
        on updates.superseded_by_load_id > score_window.built_load_id

    union all

    -- What has waited for its day.
    select
        updates.incident_id,
        cast(greatest(updates.opened_at, updates.updated_at) as date) as changed_on
    from updates
    inner join score_window
        on
            cast(greatest(updates.opened_at, updates.updated_at) as date) > score_window.built_as_of
            and updates._load_id <= score_window.built_load_id

),

earliest as (

    select
        incident_id,
        min(changed_on) as changed_on
    from moved
    group by incident_id

),

incidents as (

    select
        updates.incident_id,
        min(cast(updates.opened_at as date)) as opened_on,
        min(case when updates.update_number = 1 then updates.dated_on end) as first_updated_on,
        max(earliest.changed_on) as changed_on
    from updates
    inner join earliest
        on updates.incident_id = earliest.incident_id
    group by updates.incident_id

),

-- Whoever has their first incident, or none any longer, was or is assumed to be a resident by other sources. Known is
-- who opened an incident of which the first update is the same as when the last build finished.
known_callers as (

    select distinct updates.caller_id
    from updates
    inner join score_window
        on
            updates._load_id <= score_window.built_load_id
            and updates.dated_on <= score_window.built_as_of
    left join earliest
        on updates.incident_id = earliest.incident_id
    where
        updates.update_number = 1
        and coalesce(earliest.changed_on > updates.dated_on, true)

),

changes as (

    select distinct
        updates.caller_id as customer_id,
        case
            when known_callers.caller_id is null then date '0001-01-01'
            when incidents.changed_on <= coalesce(incidents.first_updated_on, incidents.changed_on)
                then least(incidents.opened_on, incidents.changed_on)
            else incidents.changed_on
        end as changed_on
    from updates
    inner join incidents
        on updates.incident_id = incidents.incident_id
    left join known_callers
        on updates.caller_id = known_callers.caller_id

)

select * from changes
