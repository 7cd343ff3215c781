-- One row per day and property of $properties, from $first on.
select
    score_date,
    property_id,
    coalesce(property_name, property_id) as property_name,
    mean_score,
    adjusted_score,
    portfolio_mean,
    lower_quartile,
    upper_quartile
from marts.property_scores_daily
where
    segment = $segment
    and list_contains($properties, property_id)
    and score_date >= $first
order by property_id, score_date
