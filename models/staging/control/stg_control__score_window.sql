-- stg_control__score_window: one row, always: the days to score; null before the first run.
with

score_window as (

    select * from {{ source('control', 'score_window') }}

),

one_row as (

    select
        max(first_scored_on) as first_scored_on,
        max(as_of) as as_of
    from score_window

)

select * from one_row
