-- touchpoint_fixes: one row per touchpoint and follow-up driver that was trained: what fixing it would be worth now.
with

settings as (

    select
        max(case when setting = 'needs_months' then value end) as needs_months,
        max(case when setting = 'needs_responses' then value end) as needs_responses
    from {{ ref('rule_settings') }}

),

as_of as (

    select max(score_date) as as_of
    from {{ ref('scoring_days') }}

),

effects as (

    select * from {{ ref('touchpoint_driver_effects') }}

),

responses as (

    select
        touchpoint_ratings.touchpoint,
        count(*) as responses
    from {{ ref('touchpoint_ratings') }} as touchpoint_ratings
    cross join as_of
    cross join settings
    where
        touchpoint_ratings.need_met is not null
        and {{ month_number('as_of.as_of') }} - {{ month_number('touchpoint_ratings.rated_on') }}
        < settings.needs_months
    group by touchpoint_ratings.touchpoint

),

answers as (

    select
        touchpoint_drivers.touchpoint,
        touchpoint_drivers.driver,
        count(*) as asked,
        avg(cast(case when touchpoint_drivers.is_satisfied then 1 else 0 end as double)) as satisfied_share
    from {{ ref('touchpoint_drivers') }} as touchpoint_drivers
    cross join as_of
    cross join settings
    where
        touchpoint_drivers.is_satisfied is not null
        and {{ month_number('as_of.as_of') }} - {{ month_number('touchpoint_drivers.rated_on') }}
        < settings.needs_months
    group by touchpoint_drivers.touchpoint, touchpoint_drivers.driver

),

-- Only who is unsatisfied can be moved. Where fewer are than in training, less is to be gained.
with_scope as (

    select
        effects.*,
        coalesce(responses.responses, 0) as responses,
        coalesce(answers.asked, 0) as asked_lately,
        answers.satisfied_share as satisfied_lately,
        coalesce(responses.responses, 0)
        * coalesce(
            (1 - coalesce(answers.satisfied_share, effects.satisfied_share)) / nullif(1 - effects.satisfied_share, 0), 0
        ) as scope,
        effects.asked < settings.needs_responses as is_too_few
    from effects
    cross join settings
    left join responses
        on effects.touchpoint = responses.touchpoint
    left join answers
        on
            effects.touchpoint = answers.touchpoint
            and effects.driver = answers.driver

),

final as (

    select
        touchpoint,
        driver,
        cast(asked_lately as bigint) as asked,
        cast(satisfied_lately as double) as satisfied_share,
        gain,
        gain_lower,
        gain_upper,
        cast(responses as bigint) as responses,
        cast(gain * scope as double) as responses_moved,
        cast(gain_lower * scope as double) as responses_moved_lower,
        cast(gain_upper * scope as double) as responses_moved_upper,
        cast(
            row_number() over (
                partition by touchpoint
                order by is_too_few asc, gain_lower desc nulls last, gain desc nulls last, driver asc
            ) as integer
        ) as fix_rank,
        case
            when is_too_few then 'too few'
            else {{ verdict_of('gain_lower', 'gain_upper', '0', 'worth fixing', 'no gain', 'unclear') }}
        end as verdict,
        trained_until,
        version
    from with_scope

)

select * from final
