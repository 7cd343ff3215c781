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
        -- From the statement, which is still to come.
        cast(null as varchar) as trend,
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
    left join customers
        on latest.customer_id = customers.customer_id
    left join properties
        on latest.property_id = properties.property_id
    left join current_balances
        on latest.customer_id = current_balances.customer_id

)

select * from final
