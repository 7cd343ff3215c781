-- One row per run, the latest first.
select
    run_id,
    command,
    outcome,
    as_of,
    days_scored,
    customers_touched,
    rows_late,
    total_seconds,
    finished_at
from marts.run_log
order by run_id desc
limit $limit
