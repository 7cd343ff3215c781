-- One row per property of the segment on the latest day, a page of them.
select
    score_date,
    property_id,
    property_name,
    customers,
    mean_score,
    adjusted_score,
    own_weight,
    property_rank,
    properties_ranked,
    change_30d,
    band,
    portfolio_mean,
    lower_quartile,
    median_score,
    upper_quartile,
    at_risk_share,
    strained_share,
    steady_share,
    content_share,
    delighted_share,
    other_share
from marts.property_scores_daily
where
    segment = $segment
    and score_date = (select max(latest.score_date) from marts.property_scores_daily as latest)
    and ($property is null or property_id = $property)
order by {order_by}, property_id
limit $limit offset $offset
