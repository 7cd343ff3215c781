-- tenancies: one row per lease: from when to when a tenant is a resident of a house.
select
    tenant as customer_id,
    'resident' as segment,
    house as property_id,
    begins as started_on,
    ends as ended_on,
    synced_at
from {{ ref('leases') }}
where synced_at < date '{{ env_var("HOUSING_LANDED_UNTIL", "2026-03-20") }}'
