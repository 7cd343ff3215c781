{{ config(tags=['whole_history']) }}
-- What is stored of alerts on scores, against the latest scores: who is in a condition has a spell that lasts, and
-- nobody else has.
with

latest as (

    select max(score_date) as score_date
    from {{ ref('scoring_days') }}

),

in_condition as (

    select
        later.customer_id,
        alert_settings.alert
    from {{ ref('customer_scores_daily') }} as later
    inner join latest
        on later.score_date = latest.score_date
    inner join {{ ref('alert_settings') }} as alert_settings
        on alert_settings.alert = 'score_fall'
    inner join {{ ref('customer_scores_daily') }} as earlier
        on
            later.customer_id = earlier.customer_id
            and earlier.score_date = latest.score_date - alert_settings.days
            and later.segment = earlier.segment
    where later.score - earlier.score <= -alert_settings.threshold

    union all

    select
        scores.customer_id,
        alert_settings.alert
    from {{ ref('customer_scores_daily') }} as scores
    inner join latest
        on scores.score_date = latest.score_date
    inner join {{ ref('score_bands') }} as score_bands
        on scores.band = score_bands.band
    inner join {{ ref('alert_settings') }} as alert_settings
        on alert_settings.alert = 'entered_at_risk'
    inner join {{ ref('score_bands') }} as at_risk
        on
            alert_settings.band = at_risk.band
            and score_bands.floor <= at_risk.floor

),

lasting as (

    select
        customer_id,
        alert
    from {{ ref('score_alert_spells') }}
    where ended_on is null

)

select
    in_condition.customer_id,
    in_condition.alert,
    lasting.customer_id as customer_id_of_a_spell,
    lasting.alert as alert_of_a_spell
from in_condition
full join lasting
    on
        in_condition.customer_id = lasting.customer_id
        and in_condition.alert = lasting.alert
where
    in_condition.customer_id is null
    or lasting.customer_id is null
