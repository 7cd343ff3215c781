-- Else a score of 100 could not be had, or one of more.
select
    segment,
    sum(weight) as sum_of_weights
from {{ ref('factor_weights') }}
group by segment
having sum(weight) <> 1 or min(weight) < 0
