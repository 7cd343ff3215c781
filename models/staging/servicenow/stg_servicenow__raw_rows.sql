-- stg_servicenow__raw_rows: one row per raw row of the event log, with its one fate.
with

judged_rows as (

    select
        'servicenow_incident_event_log' as raw_table,
        {{ judged_row_columns() | join(',\n        ') }}
    from {{ ref('stg_servicenow__incident_updates') }}

)

select * from judged_rows
