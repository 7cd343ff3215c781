-- contacts: one row per call, as Rapport wants it. Rapport has a model of this name as well, and is none the worse for it.
select
    call_no as interaction_id,
    tenant as customer_id,
    rang_at as occurred_at,
    'phone' as channel,
    case when by_us then 'outbound' else 'inbound' end as direction,
    said as body,
    (stars - 3) / 2.0 as sentiment,
    synced_at
from {{ ref('calls') }}
where synced_at < date '{{ env_var("HOUSING_LANDED_UNTIL", "2026-03-20") }}'
qualify row_number() over (partition by call_no order by synced_at desc) = 1
