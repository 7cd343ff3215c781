-- new_days: one row per score date that no finished build has scored; where an engine replaces days as a whole, that
-- this build scores.
{{ catches_up(['touched_customers']) }}
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

days as (

    select
        *,
        {{ each_day('first_scored_on', '(as_of + 1)') }} as score_date
    from score_window

),

final as (

    select score_date
    from days
    where
        built_as_of is null
        or score_date < built_first_scored_on
        or score_date > {{ last_day_that_stays('built_as_of') }}

)

select * from final
