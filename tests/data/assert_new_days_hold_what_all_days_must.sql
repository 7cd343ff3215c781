-- The laws of a score, on the days that this build scored: on all of history only now and then (tag whole_history).
with

scores as (

    select
        customer_scores_daily.*,
        count(*) over (
            partition by customer_scores_daily.score_date, customer_scores_daily.customer_id
        ) as rows_of_the_day,
        rank() over (
            partition by customer_scores_daily.score_date, customer_scores_daily.segment
            order by customer_scores_daily.score desc
        ) as plain_rank,
        percent_rank() over (
            partition by customer_scores_daily.score_date, customer_scores_daily.segment
            order by customer_scores_daily.score
        ) as plain_percent_rank
    from {{ ref('customer_scores_daily') }} as customer_scores_daily
    inner join {{ ref('new_days') }} as new_days
        on customer_scores_daily.score_date = new_days.score_date

)

select
    score_date,
    customer_id,
    score,
    confidence,
    rows_of_the_day,
    portfolio_rank,
    plain_rank,
    percent_rank,
    plain_percent_rank
from scores
where
    not coalesce(
        rows_of_the_day = 1
        and score = frequency_points + tone_points + variety_points + persistence_points + recency_points
        and score between 0 and 100
        and confidence between 0 and 1
        and portfolio_rank = plain_rank
        and percent_rank = plain_percent_rank,
        false
    )
