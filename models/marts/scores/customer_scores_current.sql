-- customer_scores_current: one row per customer who is scored on the latest score date, with names and changes.
with

customer_scores_daily as (

    select * from {{ ref('customer_scores_daily') }}

),

customers as (

    select * from {{ ref('customers') }}

),

properties as (

    select * from {{ ref('properties') }}

),

contacts as (

    select * from {{ ref('contacts') }}

),

issues as (

    select * from {{ ref('issues') }}

),

latest_date as (

    select max(score_date) as score_date from customer_scores_daily

),

latest as (

    select customer_scores_daily.*
    from customer_scores_daily
    inner join latest_date
        on customer_scores_daily.score_date = latest_date.score_date

),

week_before as (

    select customer_scores_daily.*
    from customer_scores_daily
    inner join latest_date
        on customer_scores_daily.score_date = latest_date.score_date - 7

),

month_before as (

    select customer_scores_daily.*
    from customer_scores_daily
    inner join latest_date
        on customer_scores_daily.score_date = latest_date.score_date - 30

),

last_contacts as (

    select
        customer_id,
        max(contact_on) as last_contact_on
    from contacts
    group by customer_id

),

open_issues as (

    select
        customer_id,
        count(*) as open_issues
    from issues
    where closed_on is null
    group by customer_id

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
        last_contacts.last_contact_on,
        coalesce(open_issues.open_issues, 0) as open_issues,
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
    left join last_contacts
        on latest.customer_id = last_contacts.customer_id
    left join open_issues
        on latest.customer_id = open_issues.customer_id

)

select * from final
