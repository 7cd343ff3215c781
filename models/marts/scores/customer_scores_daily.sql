-- customer_scores_daily: one row per score date and customer who is in a segment on it: the score, where its points
-- come from, and its rank among the residents or the prospects of the whole portfolio.
with

daily_points as (

    select * from {{ ref('daily_points') }}

),

score_distribution_daily as (

    select * from {{ ref('score_distribution_daily') }}

),

final as (

    select
        daily_points.score_date,
        daily_points.customer_id,
        daily_points.segment,
        daily_points.property_id,
        daily_points.score,
        daily_points.frequency_points,
        daily_points.tone_points,
        daily_points.variety_points,
        daily_points.persistence_points,
        daily_points.recency_points,
        daily_points.confidence,
        score_distribution_daily.band,
        score_distribution_daily.portfolio_rank,
        score_distribution_daily.segment_size,
        score_distribution_daily.percent_rank,
        daily_points.rule_version
    from daily_points
    inner join score_distribution_daily
        on
            daily_points.score_date = score_distribution_daily.score_date
            and daily_points.segment = score_distribution_daily.segment
            and daily_points.score = score_distribution_daily.score

)

select * from final
