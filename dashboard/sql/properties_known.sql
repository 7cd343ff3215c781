-- One row per property that customers are of.
select
    property_id,
    max(property_name) as property_name
from marts.customer_scores_current
where property_id is not null
group by property_id
order by property_name, property_id
