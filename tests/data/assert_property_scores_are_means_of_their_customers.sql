-- Of those who were there on the day: movers included, people without a property in the portfolio's mean alone.
{{ config(tags=['whole_history']) }}
with

customers as (

    select
        score_date,
        segment,
        property_id,
        score,
        avg(cast(score as double)) over (partition by score_date, segment) as portfolio_mean
    from {{ ref('customer_scores_daily') }}

),

counted as (

    select
        score_date,
        segment,
        property_id,
        count(*) as customers,
        avg(cast(score as double)) as mean_score,
        max(portfolio_mean) as portfolio_mean
    from customers
    where property_id is not null
    group by score_date, segment, property_id

)

select
    coalesce(counted.score_date, property_scores.score_date) as score_date,
    coalesce(counted.segment, property_scores.segment) as segment,
    coalesce(counted.property_id, property_scores.property_id) as property_id,
    counted.customers,
    property_scores.customers as customers_in_mart,
    counted.mean_score,
    property_scores.mean_score as mean_score_in_mart,
    counted.portfolio_mean,
    property_scores.portfolio_mean as portfolio_mean_in_mart
from counted
full join {{ ref('property_scores_daily') }} as property_scores
    on
        counted.score_date = property_scores.score_date
        and counted.segment = property_scores.segment
        and counted.property_id = property_scores.property_id
where
    counted.customers is distinct from property_scores.customers
    -- The mart's means have four decimals.
    or not coalesce(abs(counted.mean_score - property_scores.mean_score) < 0.0001, false)
    or not coalesce(abs(counted.portfolio_mean - property_scores.portfolio_mean) < 0.0001, false)
