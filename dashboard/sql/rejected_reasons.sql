-- One row per raw table and reason: how many rows were rejected.
select
    raw_table,
    reason_in_words,
    count(*) as rows_rejected
from marts.rejected_rows
group by raw_table, reason_in_words
order by rows_rejected desc, raw_table, reason_in_words
