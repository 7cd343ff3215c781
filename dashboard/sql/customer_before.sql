-- The last score of a customer, who may have left since.
select
    customer_id,
    cast(null as varchar) as customer_name,
    segment,
    property_id,
    cast(null as varchar) as property_name,
    score_date,
    score,
    cast(null as decimal(5, 2)) as change_7d,
    cast(null as decimal(5, 2)) as change_30d,
    cast(null as varchar) as trend,
    frequency_points,
    tone_points,
    variety_points,
    persistence_points,
    recency_points,
    confidence,
    band,
    portfolio_rank,
    segment_size,
    cast(null as date) as last_contact_on,
    cast(null as bigint) as open_issues
from marts.customer_scores_daily
where customer_id = $customer
order by score_date desc
limit 1
