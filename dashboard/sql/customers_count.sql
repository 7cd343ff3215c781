-- How many customers match.
select count(*) as customers
from marts.customer_scores_current
where
    {sql _matching}
