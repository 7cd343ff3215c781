-- Nobody is longer in a window than it lasts, no contact counts twice, and only complete starts are measured.
{{ config(tags=['whole_history']) }}
with

initiative_windows as (

    select * from {{ ref('initiative_windows') }}

),

window_setting as (

    select value as window_days
    from {{ ref('rule_settings') }}
    where setting = 'window_days'

),

starts as (

    select * from {{ ref('initiative_starts') }}
    where is_complete

)

select
    initiative_windows.started_on,
    initiative_windows.property_id
from initiative_windows
cross join window_setting
left join starts
    on initiative_windows.started_on = starts.started_on
where
    initiative_windows.customers < 1
    or initiative_windows.days_before not between initiative_windows.customers
    and initiative_windows.customers * window_setting.window_days
    or initiative_windows.days_after not between initiative_windows.customers
    and initiative_windows.customers * window_setting.window_days
    or initiative_windows.problem_contacts_before > initiative_windows.contacts_before
    or initiative_windows.problem_contacts_after > initiative_windows.contacts_after
    or not coalesce(initiative_windows.tone_before between -1 and 1, true)
    or not coalesce(initiative_windows.tone_after between -1 and 1, true)
    or starts.started_on is null
