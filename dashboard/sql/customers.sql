-- One row per customer who matches, a page of them: all after $offset where $limit is null.
with

-- Sorted by themselves, ids are far less to carry than whole rows.
page as (

    select customer_id
    from marts.customer_scores_current
    where
        {sql _matching}
    order by {order_by}, customer_id
    limit $limit offset $offset

)

select
    customer_id,
    {customer_scores_current.customer_name} as customer_name,
    segment,
    property_id,
    property_name,
    score,
    change_7d,
    change_30d,
    trend,
    band,
    confidence,
    portfolio_rank,
    segment_size,
    open_issues,
    last_contact_on
from marts.customer_scores_current
where customer_id in (select page.customer_id from page)
order by {order_by}, customer_id
