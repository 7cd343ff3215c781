-- One row per raw table: what became of its rows.
select
    raw_table,
    source_kind,
    loaded,
    used,
    waiting,
    older_copies,
    withdrawn,
    rejected,
    last_dated_on,
    days_silent,
    is_silent
from marts.load_summary
order by source_kind, loaded desc
