-- One row per segment that has properties on the latest day: how many, and the latest day.
select
    segment,
    count(*) as properties,
    max(score_date) as score_date
from marts.property_scores_daily
where score_date = (select max(latest.score_date) from marts.property_scores_daily as latest)
group by segment
order by segment desc
