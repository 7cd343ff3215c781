-- initiative_starts: one row per day on which an initiative starts: its three windows, whether they lie within what is
-- known, and whether what happened in them has changed since the last build that finished.
with

initiatives as (

    select * from {{ ref('initiatives') }}

),

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

window_setting as (

    select cast(value as integer) as window_days
    from {{ ref('rule_settings') }}
    where setting = 'window_days'

),

history as (

    select min(contact_on) as first_contact_on
    from {{ ref('contacts') }}

),

changed_days as (

    select changed_from as changed_on
    from {{ ref('touched_customers') }}

    union all

    select score_date as changed_on
    from {{ ref('new_days') }}

),

changes as (

    select min(changed_on) as changed_from
    from changed_days

),

starts as (

    select distinct started_on
    from initiatives

),

windows as (

    select
        starts.started_on,
        starts.started_on - 2 * window_setting.window_days as earlier_from,
        starts.started_on - window_setting.window_days as before_from,
        starts.started_on + window_setting.window_days as ended_before
    from starts
    cross join window_setting

),

final as (

    select
        windows.started_on,
        coalesce(
            windows.earlier_from >= history.first_contact_on
            and windows.ended_before <= score_window.as_of + 1,
            false
        ) as is_complete,
        coalesce(windows.ended_before > changes.changed_from, false) as is_touched,
        windows.earlier_from,
        windows.before_from,
        windows.ended_before,
        history.first_contact_on as known_from,
        score_window.as_of + 1 as known_before
    from windows
    cross join history
    cross join score_window
    cross join changes

)

select * from final
