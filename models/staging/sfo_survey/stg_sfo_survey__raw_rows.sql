-- stg_sfo_survey__raw_rows: one row per raw row of the yearly surveys, with its one fate.
with

judged_rows as (

    select
        'sfo_survey' as raw_table,
        {{ judged_row_columns() | join(',\n        ') }}
    from {{ ref('stg_sfo_survey__questionnaires') }}

)

select * from judged_rows
