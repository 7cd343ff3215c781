-- time_spine: one row per day, from the first response or the first scored day, whichever is earlier, up to as-of.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

survey_responses as (

    select * from {{ ref('survey_responses') }}

),

first_days as (

    select first_scored_on as first_day
    from score_window
    union all
    select min(responded_on) as first_day
    from survey_responses

),

spans as (

    select
        score_window.as_of,
        min(first_days.first_day) as first_day
    from score_window
    cross join first_days
    group by score_window.as_of

),

days as (

    select {{ each_day('first_day', '(as_of + 1)') }} as calendar_day
    from spans

)

select * from days
