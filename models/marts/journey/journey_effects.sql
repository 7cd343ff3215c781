-- journey_effects: one row per outcome and touchpoint that was looked at: whether exceeding its need rather than
-- missing it is consistent with an effect on the outcome.
with

settings as (

    select
        max(case when setting = 'effect_cases' then value end) as effect_cases,
        max(case when setting = 'effect_events' then value end) as effect_events,
        max(case when setting = 'effect_overlap' then value end) as effect_overlap,
        max(case when setting = 'effect_false_discoveries' then value end) as false_discoveries,
        max(case when setting = 'effect_placebo_level' then value end) as placebo_level
    from {{ ref('journey_settings') }}

),

intervals as (

    select max(case when setting = 'interval_z' then value end) as interval_z
    from {{ ref('rule_settings') }}

),

estimates as (

    select * from {{ ref('journey_effect_estimates') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

-- Benjamini and Hochberg (1995): the k-th smallest of m p-values counts as m / k times itself, and no more than a
-- larger one.
stepped as (

    select
        outcome,
        touchpoint,
        p_value * count(*) over (partition by outcome)
        / row_number() over (partition by outcome order by p_value, touchpoint) as stepped_p_value,
        p_value
    from estimates
    where p_value is not null

),

adjusted as (

    select
        outcome,
        touchpoint,
        min(stepped_p_value) over (
            partition by outcome
            order by p_value desc, touchpoint desc
            rows between unbounded preceding and current row
        ) as adjusted_p_value
    from stepped

),

judged as (

    select
        estimates.*,
        adjusted.adjusted_p_value,
        case
            when
                estimates.p_value is null
                or least(estimates.exceeded, estimates.missed) < settings.effect_cases
                or least(estimates.exceeded_events, estimates.missed_events) < settings.effect_events
                or least(
                    estimates.exceeded - estimates.exceeded_events, estimates.missed - estimates.missed_events
                ) < settings.effect_events
                then 'too few'
            when estimates.overlap < settings.effect_overlap then 'little overlap'
            when estimates.placebo_p_value < settings.placebo_level then 'not comparable'
            when adjusted.adjusted_p_value <= settings.false_discoveries then 'consistent with an effect'
            when
                abs(estimates.adjusted_effect) > intervals.interval_z * estimates.adjusted_standard_error
                -- Where nobody rated anything else there is no interval: a mood explains whatever it is.
                and coalesce(estimates.effect_lower, 0) <= 0
                and coalesce(estimates.effect_upper, 0) >= 0
                then 'not separable from mood'
            else 'no clear effect'
        end as verdict
    from estimates
    left join adjusted
        on
            estimates.outcome = adjusted.outcome
            and estimates.touchpoint = adjusted.touchpoint
    cross join settings
    cross join intervals

),

final as (

    select
        judged.outcome,
        judged.touchpoint,
        touchpoints.stage,
        touchpoints.core_need,
        judged.verdict,
        judged.exceeded,
        judged.missed,
        judged.exceeded_events / nullif(cast(judged.exceeded as double), 0) as exceeded_event_share,
        judged.missed_events / nullif(cast(judged.missed as double), 0) as missed_event_share,
        -- The end that is nearer to nothing.
        case
            when judged.verdict <> 'consistent with an effect' then null
            when judged.effect_lower > 0 then least(judged.adjusted_effect, judged.corrected_effect)
            else greatest(judged.adjusted_effect, judged.corrected_effect)
        end as effect,
        case
            when judged.verdict not in ('too few', 'little overlap', 'not comparable') then judged.effect_lower
        end as effect_lower,
        case
            when judged.verdict not in ('too few', 'little overlap', 'not comparable') then judged.effect_upper
        end as effect_upper,
        judged.adjusted_p_value,
        judged.placebo_p_value,
        judged.overlap,
        judged.reliability,
        case when judged.verdict = 'consistent with an effect' then judged.robustness_value end as robustness_value,
        judged.trained_until,
        judged.version
    from judged
    left join touchpoints
        on judged.touchpoint = touchpoints.touchpoint

)

select * from final
