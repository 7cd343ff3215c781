-- Whether a customer matches the filters.
($segment is null or segment = $segment)
and ($band is null or band = $band)
and ($property is null or property_id = $property)
and (
    $search is null
    or contains(lower(customer_id), lower($search))
    or contains(lower({customer_scores_current.customer_name}), lower($search))
)
and (
    $alert is null
    or customer_id in (select customer_id from marts.customer_alerts where is_open)
)
