-- What happens later waits: it must not move a score of today.
{{ config(tags=['whole_history']) }}
select
    ledger_entries.customer_id,
    ledger_entries.event_kind,
    ledger_entries.event_id,
    ledger_entries.effective_on,
    score_window.as_of
from {{ ref('ledger_entries') }} as ledger_entries
cross join {{ ref('stg_control__score_window') }} as score_window
where coalesce(ledger_entries.effective_on > score_window.as_of, ledger_entries.effective_on is null)
