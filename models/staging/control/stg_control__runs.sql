-- stg_control__runs: one row per run of the runner, as it wrote it down.
with

runs as (

    select * from {{ control_table('runs') }}

),

final as (

    select
        run_id,
        command,
        started_at,
        finished_at,
        first_load_id,
        last_load_id,
        first_scored_on,
        as_of,
        first_new_day,
        last_new_day,
        customers_touched,
        earliest_change,
        rows_late,
        most_days_late,
        load_seconds,
        staging_seconds,
        intermediate_seconds,
        ledger_seconds,
        marts_seconds,
        test_seconds,
        total_seconds,
        rule_version
    from runs

)

select * from final
