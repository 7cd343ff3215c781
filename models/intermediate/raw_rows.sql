-- raw_rows: one row per raw row of any source, with its one fate: used, waiting, older_copy, withdrawn or rejected.
with

unioned as (
    {{ union_sources('raw_rows', ['raw_table'] + judged_row_columns()) }}
)

select * from unioned
