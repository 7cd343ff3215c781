-- stg_files__raw_rows: one row per raw row of any table of the contract, with its one fate.
{%- set tables = [
    'interactions',
    'customer_segments',
    'customers',
    'properties',
    'issues',
    'survey_responses',
    'survey_answers',
    'outcomes',
    'initiatives',
] %}
with

judged_rows as (
    {% for table in tables %}
    select
        '{{ table }}' as raw_table,
        {{ judged_row_columns() | join(',\n        ') }}
    from {{ ref('stg_files__' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from judged_rows
