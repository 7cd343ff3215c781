-- A blank or negative limit would raise an alert for nobody, or for everybody; nothing can enter the best band from a
-- better one; and an alert of another name would be raised by nothing.
with

alert_settings as (

    select * from {{ ref('alert_settings') }}

),

best_band as (

    select max(floor) as best_floor
    from {{ ref('score_bands') }}

)

select
    alert_settings.alert,
    alert_settings.threshold,
    alert_settings.days,
    alert_settings.band
from alert_settings
cross join best_band
left join {{ ref('score_bands') }} as score_bands
    on alert_settings.band = score_bands.band
where
    not coalesce(
        case alert_settings.alert
            when 'score_fall' then alert_settings.threshold > 0 and alert_settings.days > 0
            when 'entered_at_risk' then score_bands.floor < best_band.best_floor
            when 'issue_open_too_long' then alert_settings.days >= 0
        end,
        false
    )
