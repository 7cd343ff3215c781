-- rejected_rows: one row per raw row that could not be used, with the reason and the row as it came.
with

raw_rows as (

    select * from {{ ref('raw_rows') }}

),

reject_reasons as (

    select * from {{ ref('reject_reasons') }}

),

final as (

    select
        raw_rows.source_kind,
        raw_rows.raw_table,
        raw_rows.record_key,
        raw_rows._load_id as load_id,
        raw_rows._file as file,
        raw_rows._row as file_row,
        raw_rows.reason,
        reject_reasons.meaning as reason_in_words,
        raw_rows.original_row
    from raw_rows
    left join reject_reasons
        on raw_rows.reason = reject_reasons.reason
    where raw_rows.row_status = 'rejected'

)

select * from final
