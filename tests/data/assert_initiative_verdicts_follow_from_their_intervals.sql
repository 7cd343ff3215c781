-- A verdict says what its intervals say, and none is given on too little data.
{{ config(tags=['whole_history']) }}
with

impacts as (

    select * from {{ ref('initiative_impacts') }}

),

settings as (

    select
        max(case when setting = 'window_days' then value end) as window_days,
        max(case when setting = 'least_treated_properties' then value end) as least_treated,
        max(case when setting = 'least_other_properties' then value end) as least_others
    from {{ ref('rule_settings') }}

),

judged as (

    select
        impacts.*,
        impacts.treated_properties >= settings.least_treated
        and impacts.other_properties >= settings.least_others
        and impacts.days_placebo = settings.window_days
        and impacts.days_before = settings.window_days
        and impacts.days_after = settings.window_days
        and impacts.is_measured
            as is_enough
    from impacts
    cross join settings

)

select
    initiative_id,
    verdict
from judged
where
    is_enough <> (verdict <> 'too little data')
    or (is_enough and (placebo_low > 0 or placebo_high < 0) <> (verdict = 'not comparable'))
    or (verdict = 'better' and (effect_low > 0) is not true)
    or (verdict = 'worse' and (effect_high < 0) is not true)
    or (verdict = 'no clear change' and (effect_low <= 0 and effect_high >= 0) is not true)
    or not coalesce(effect between effect_low and effect_high, true)
    or not coalesce(tone_effect between tone_effect_low and tone_effect_high, true)
    or not coalesce(problems_effect between problems_effect_low and problems_effect_high, true)
