-- The customer, if scored on the latest day.
select
    customer_id,
    {customer_scores_current.customer_name} as customer_name,
    segment,
    property_id,
    property_name,
    score_date,
    score,
    change_7d,
    change_30d,
    trend,
    frequency_points,
    tone_points,
    variety_points,
    persistence_points,
    recency_points,
    confidence,
    band,
    portfolio_rank,
    segment_size,
    last_contact_on,
    open_issues
from marts.customer_scores_current
where customer_id = $customer
