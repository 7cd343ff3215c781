-- touchpoint_needs_monthly: one row per month, touchpoint and segment, from its first response on: how well the need
-- was met, and whether it is exceeded consistently.
with

settings as (

    select
        max(case when setting = 'interval_z' then value end) as interval_z,
        max(case when setting = 'needs_months' then value end) as needs_months,
        max(case when setting = 'needs_responses' then value end) as needs_responses
    from {{ ref('rule_settings') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

as_of as (

    select max(score_date) as as_of
    from {{ ref('scoring_days') }}

),

counted as (

    select
        touchpoint,
        segment,
        {{ month_of('rated_on') }} as month,
        count(*) as responses,
        count(case when need_met = 'missed' then 1 end) as missed,
        count(case when need_met = 'met' then 1 end) as met,
        count(case when need_met = 'exceeded' then 1 end) as exceeded
    from {{ ref('touchpoint_ratings') }}
    where need_met is not null
    group by touchpoint, segment, {{ month_of('rated_on') }}

),

first_months as (

    select
        touchpoint,
        segment,
        min(month) as first_month
    from counted
    group by touchpoint, segment

),

first_month_of_all as (

    select min(first_month) as first_month
    from first_months

),

days as (

    select {{ each_day('first_month_of_all.first_month', '(as_of.as_of + 1)') }} as calendar_day
    from first_month_of_all
    cross join as_of

),

months as (

    select distinct {{ month_of('calendar_day') }} as month
    from days

),

-- A month without a response is a row, too: its verdict is from the months before.
with_months as (

    select
        months.month,
        first_months.touchpoint,
        first_months.segment,
        coalesce(counted.responses, 0) as responses,
        coalesce(counted.missed, 0) as missed,
        coalesce(counted.met, 0) as met,
        coalesce(counted.exceeded, 0) as exceeded,
        settings.interval_z,
        settings.needs_months,
        settings.needs_responses
    from months
    inner join first_months
        on months.month >= first_months.first_month
    left join counted
        on
            first_months.touchpoint = counted.touchpoint
            and first_months.segment = counted.segment
            and months.month = counted.month
    cross join settings

),

with_intervals as (

    select
        with_months.*,
        touchpoints.stage,
        touchpoints.stage_order,
        touchpoints.core_need,
        touchpoints.target,
        with_months.exceeded / nullif(cast(with_months.responses as double), 0) as exceeded_share,
        {{ wilson_lower('with_months.exceeded', 'with_months.responses', 'with_months.interval_z') }}
            as exceeded_lower,
        {{ wilson_upper('with_months.exceeded', 'with_months.responses', 'with_months.interval_z') }}
            as exceeded_upper
    from with_months
    inner join touchpoints
        on with_months.touchpoint = touchpoints.touchpoint

),

pooled as (

    select
        with_intervals.month,
        with_intervals.touchpoint,
        with_intervals.segment,
        sum(lately.responses) as pooled_responses,
        sum(lately.exceeded) as pooled_exceeded,
        -- A month without responses is below nothing.
        max(case when lately.exceeded_upper < lately.target then 1 else 0 end) as months_below
    from with_intervals
    inner join with_intervals as lately
        on
            with_intervals.touchpoint = lately.touchpoint
            and with_intervals.segment = lately.segment
            and with_intervals.month >= lately.month
            and {{ month_number('with_intervals.month') }} - {{ month_number('lately.month') }}
            < with_intervals.needs_months
    group by with_intervals.month, with_intervals.touchpoint, with_intervals.segment

),

with_pooled as (

    select
        with_intervals.*,
        pooled.pooled_responses,
        pooled.months_below,
        pooled.pooled_exceeded / nullif(cast(pooled.pooled_responses as double), 0) as pooled_share,
        {{ wilson_lower('pooled.pooled_exceeded', 'pooled.pooled_responses', 'with_intervals.interval_z') }}
            as pooled_lower,
        {{ wilson_upper('pooled.pooled_exceeded', 'pooled.pooled_responses', 'with_intervals.interval_z') }}
            as pooled_upper
    from with_intervals
    inner join pooled
        on
            with_intervals.month = pooled.month
            and with_intervals.touchpoint = pooled.touchpoint
            and with_intervals.segment = pooled.segment

),

final as (

    select
        month,
        touchpoint,
        segment,
        stage,
        stage_order,
        core_need,
        cast(responses as bigint) as responses,
        cast(missed as bigint) as missed,
        cast(met as bigint) as met,
        cast(exceeded as bigint) as exceeded,
        cast(exceeded_share as double) as exceeded_share,
        cast(exceeded_lower as double) as exceeded_lower,
        cast(exceeded_upper as double) as exceeded_upper,
        cast(pooled_responses as bigint) as pooled_responses,
        cast(pooled_share as double) as pooled_share,
        cast(pooled_lower as double) as pooled_lower,
        cast(pooled_upper as double) as pooled_upper,
        target,
        case
            when pooled_responses < needs_responses then 'too few'
            when pooled_lower > target and months_below = 0 then 'exceeding'
            when pooled_upper < target then 'falling short'
            else 'unclear'
        end as verdict
    from with_pooled

)

select * from final
