-- advocacy_factors: one row per outcome and touchpoint that was trained: its place in the hierarchy of wants.
with

effects as (

    select * from {{ ref('advocacy_factor_effects') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

by_touchpoint as (

    select
        outcome,
        touchpoint,
        max(importance) as importance,
        max(importance_lower) as importance_lower,
        max(importance_upper) as importance_upper,
        max(want_rank) as want_rank,
        max(want_rank_lower) as want_rank_lower,
        max(want_rank_upper) as want_rank_upper,
        min(case when level <> 'no answer' then log_odds end) as lowest_log_odds,
        max(case when level <> 'no answer' then log_odds end) as highest_log_odds,
        max(case when level = 'no answer' then log_odds end) as no_answer_log_odds,
        {{ joined(
            "level || ': ' || cast(" ~ rounded('log_odds', 9, 2) ~ " as string)",
            order_by="case when level = 'no answer' then 1 else 0 end, length(level), level",
        ) }} as log_odds_by_level,
        max(trained_until) as trained_until,
        max(version) as version
    from effects
    group by outcome, touchpoint

),

final as (

    select
        by_touchpoint.outcome,
        by_touchpoint.touchpoint,
        touchpoints.stage,
        touchpoints.core_need,
        by_touchpoint.importance,
        by_touchpoint.importance_lower,
        by_touchpoint.importance_upper,
        by_touchpoint.want_rank,
        by_touchpoint.want_rank_lower,
        by_touchpoint.want_rank_upper,
        by_touchpoint.lowest_log_odds,
        by_touchpoint.highest_log_odds,
        by_touchpoint.no_answer_log_odds,
        by_touchpoint.log_odds_by_level,
        by_touchpoint.trained_until,
        by_touchpoint.version
    from by_touchpoint
    left join touchpoints
        on by_touchpoint.touchpoint = touchpoints.touchpoint

)

select * from final
