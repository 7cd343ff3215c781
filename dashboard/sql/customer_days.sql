-- One row per day from $first on: the customer's score.
select
    score_date,
    score,
    band
from marts.customer_scores_daily
where
    customer_id = $customer
    and score_date >= $first
order by score_date
