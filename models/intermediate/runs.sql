-- runs: one row per run of the runner: what it took in, which days it scored, and how long each stage took.
with

recorded as (

    select * from {{ ref('stg_control__runs') }}

),

final as (

    select
        run_id,
        command,
        rule_version,
        case when finished_at is null then 'unfinished' else 'done' end as outcome,
        first_load_id,
        last_load_id,
        coalesce({{ days_between('first_new_day', 'last_new_day') }} + 1, 0) as days_scored,
        customers_touched,
        rows_late,
        most_days_late,
        load_seconds,
        staging_seconds,
        intermediate_seconds,
        ledger_seconds,
        marts_seconds,
        test_seconds,
        total_seconds,
        started_at,
        finished_at,
        first_scored_on,
        as_of,
        first_new_day,
        last_new_day,
        earliest_change
    from recorded

)

select * from final
