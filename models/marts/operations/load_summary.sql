-- load_summary: one row per raw table that has rows: what became of them, and what was repaired on the way.
with

as_of as (

    select max(score_date) as as_of
    from {{ ref('scoring_days') }}

),

silence as (

    select value as silent_days
    from {{ ref('rule_settings') }}
    where setting = 'silent_days'

),

raw_rows as (

    select * from {{ ref('raw_rows') }}

),

counted as (

    select
        source_kind,
        raw_table,
        count(*) as loaded,
        count(case when row_status = 'used' then 1 end) as used,
        count(case when row_status = 'waiting' then 1 end) as waiting,
        count(case when row_status = 'older_copy' then 1 end) as older_copies,
        count(case when row_status = 'withdrawn' then 1 end) as withdrawn,
        count(case when row_status = 'rejected' then 1 end) as rejected,
        max(_load_id) as last_load_id,
        max(case when row_status = 'used' then dated_on end) as last_dated_on,
        min(case when row_status = 'waiting' then dated_on end) as waiting_from,
        max(case when row_status = 'waiting' then dated_on end) as waiting_until,
        count(
            case when row_status = 'waiting' and dated_on > cast(_loaded_at as date) + 1 then 1 end
        ) as waiting_beyond_load,
        count(case when row_status = 'used' and repairs like '%unknown_channel%' then 1 end) as unknown_channels,
        count(case when row_status = 'used' and repairs like '%unknown_direction%' then 1 end) as unknown_directions,
        count(case when row_status = 'used' and repairs like '%resolved_before_opened%' then 1 end)
            as resolved_before_opened,
        count(case when row_status = 'used' and repairs like '%overlapping_interval%' then 1 end)
            as overlapping_intervals
    from raw_rows
    group by source_kind, raw_table

),

final as (

    select
        counted.source_kind,
        counted.raw_table,
        counted.loaded,
        counted.used,
        counted.waiting,
        counted.older_copies,
        counted.withdrawn,
        counted.rejected,
        counted.waiting_from,
        counted.waiting_until,
        counted.last_load_id,
        counted.last_dated_on,
        {{ days_between('counted.last_dated_on', 'as_of.as_of') }} as days_silent,
        coalesce({{ days_between('counted.last_dated_on', 'as_of.as_of') }} > silence.silent_days, false) as is_silent,
        counted.waiting_beyond_load,
        counted.unknown_channels,
        counted.unknown_directions,
        counted.resolved_before_opened,
        counted.overlapping_intervals
    from counted
    cross join as_of
    cross join silence

)

select * from final
