-- A score that is the sum of its points but for a rounding could not be explained line by line.
{{ config(tags=['whole_history']) }}
select
    score_date,
    customer_id,
    score,
    frequency_points + tone_points + variety_points + persistence_points + recency_points as sum_of_points
from {{ ref('customer_scores_daily') }}
where
    coalesce(
        score <> frequency_points + tone_points + variety_points + persistence_points + recency_points,
        true
    )
