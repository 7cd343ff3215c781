-- customer_scores_current: one row per customer who is scored on the latest score date, with names and changes.
with

customers as (

    select * from {{ ref('customers') }}

),

properties as (

    select * from {{ ref('properties') }}

),

current_balances as (

    select * from {{ ref('current_balances') }}

),

latest_date as (

    select max(score_date) as score_date from {{ ref('score_distribution_daily') }}

),

-- A day is read by itself: scores of which several readers share a CTE are collected first, all of them.
latest as (

    select customer_scores_daily.*
    from {{ ref('customer_scores_daily') }} as customer_scores_daily
    inner join latest_date
        on customer_scores_daily.score_date = latest_date.score_date

),

week_before as (

    select
        daily_points.customer_id,
        daily_points.score
    from {{ ref('daily_points') }} as daily_points
    inner join latest_date
        on daily_points.score_date = latest_date.score_date - 7

),

month_before as (

    select
        daily_points.customer_id,
        daily_points.score
    from {{ ref('daily_points') }} as daily_points
    inner join latest_date
        on daily_points.score_date = latest_date.score_date - 30

),

trend_days as (

    select cast(value as integer) as length_in_days
    from {{ ref('rule_settings') }}
    where setting = 'trend_days'

),

trend_start as (

    select latest_date.score_date - trend_days.length_in_days as score_date
    from latest_date
    cross join trend_days

),

trend_points as (

    select value as points
    from {{ ref('rule_settings') }}
    where setting = 'trend_points'

),

-- What was posted lately. A thank-you that fades is no change for the worse.
posted as (

    select
        score_statement.customer_id,
        sum(case when score_statement.line_kind <> 'fading' then score_statement.score_change else 0 end) as points,
        bool_or(score_statement.line_kind = 'segment') as has_changed_segment
    from {{ ref('score_statement') }} as score_statement
    inner join trend_start
        on score_statement.statement_on > trend_start.score_date
    group by score_statement.customer_id

),

scored_before_trend as (

    select daily_points.customer_id
    from {{ ref('daily_points') }} as daily_points
    inner join trend_start
        on daily_points.score_date = trend_start.score_date

),

final as (

    select
        latest.score_date,
        latest.customer_id,
        customers.customer_name,
        latest.segment,
        latest.property_id,
        properties.property_name,
        latest.score,
        cast(latest.score - week_before.score as decimal(5, 2)) as change_7d,
        cast(latest.score - month_before.score as decimal(5, 2)) as change_30d,
        case
            when scored_before_trend.customer_id is null or posted.has_changed_segment then 'new'
            when posted.points >= trend_points.points then 'rising'
            when posted.points <= -trend_points.points then 'falling'
            else 'steady'
        end as trend,
        latest.frequency_points,
        latest.tone_points,
        latest.variety_points,
        latest.persistence_points,
        latest.recency_points,
        latest.confidence,
        latest.band,
        latest.portfolio_rank,
        latest.segment_size,
        latest.percent_rank,
        current_balances.last_contact_on,
        cast(current_balances.persistence_open_issues as bigint) as open_issues,
        latest.rule_version
    from latest
    left join week_before
        on latest.customer_id = week_before.customer_id
    left join month_before
        on latest.customer_id = month_before.customer_id
    left join posted
        on latest.customer_id = posted.customer_id
    left join scored_before_trend
        on latest.customer_id = scored_before_trend.customer_id
    cross join trend_points
    left join customers
        on latest.customer_id = customers.customer_id
    left join properties
        on latest.property_id = properties.property_id
    left join current_balances
        on latest.customer_id = current_balances.customer_id

)

select * from final
