-- An amount near the end of the doubles (2^1023) would make every later sum of its balance infinite.
{{ config(tags=['whole_history']) }}
select
    customer_id,
    event_kind,
    event_id,
    balance,
    amount
from {{ ref('ledger_entries') }}
where not coalesce(abs(amount) < power(2, 1000), false)
