-- A null is offending too: who is scored has a score, a confidence and a rank.
{{ config(tags=['whole_history']) }}
select
    score_date,
    customer_id,
    score,
    confidence,
    percent_rank
from {{ ref('customer_scores_daily') }}
where
    not coalesce(
        score between 0 and 100
        and confidence between 0 and 1
        and percent_rank between 0 and 1,
        false
    )
