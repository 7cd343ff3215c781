-- The latest day that is scored.
select max(score_date) as score_date
from marts.customer_scores_current
