-- One row per segment and band: how many customers are in it.
select
    segment,
    band,
    count(*) as customers,
    sum(score) as points
from marts.customer_scores_current
group by segment, band
order by min(score)
