-- Who is scored on a new day is counted once, with their score: by the sums of two tables that are counted apart.
with

of_scores as (

    select
        distribution.score_date,
        distribution.segment,
        sum(distribution.customers) as customers,
        sum(distribution.customers * distribution.score) as score_sum
    from {{ ref('score_distribution_daily') }} as distribution
    inner join {{ ref('new_days') }} as new_days
        on distribution.score_date = new_days.score_date
    group by distribution.score_date, distribution.segment

),

of_properties as (

    select
        property_totals_daily.score_date,
        property_totals_daily.segment,
        sum(property_totals_daily.customers) as customers,
        sum(property_totals_daily.score_sum) as score_sum
    from {{ ref('property_totals_daily') }} as property_totals_daily
    inner join {{ ref('new_days') }} as new_days
        on property_totals_daily.score_date = new_days.score_date
    group by property_totals_daily.score_date, property_totals_daily.segment

)

select
    coalesce(of_scores.score_date, of_properties.score_date) as score_date,
    coalesce(of_scores.segment, of_properties.segment) as segment,
    of_scores.customers,
    of_properties.customers as customers_in_totals,
    of_scores.score_sum,
    of_properties.score_sum as score_sum_in_totals
from of_scores
full join of_properties
    on
        of_scores.score_date = of_properties.score_date
        and of_scores.segment = of_properties.segment
where
    of_scores.customers is distinct from of_properties.customers
    or of_scores.score_sum is distinct from of_properties.score_sum
