-- One row per rejected row, the latest loads first.
select
    raw_table,
    reason_in_words,
    file,
    file_row,
    record_key,
    load_id,
    {rejected_rows.original_row} as original_row
from marts.rejected_rows
order by load_id desc, source_kind, raw_table, file, file_row
limit $limit
