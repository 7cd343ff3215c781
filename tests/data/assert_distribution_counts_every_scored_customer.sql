-- Who has a score that the distribution lacks would have no rank, and no row in the mart.
{{ config(tags=['whole_history']) }}
with

counts as (

    select
        score_date,
        segment,
        score,
        count(*) as customers
    from {{ ref('daily_points') }}
    group by score_date, segment, score

)

select
    coalesce(counts.score_date, distribution.score_date) as score_date,
    coalesce(counts.segment, distribution.segment) as segment,
    coalesce(counts.score, distribution.score) as score,
    counts.customers,
    distribution.customers as counted_customers
from counts
full join {{ ref('score_distribution_daily') }} as distribution
    on
        counts.score_date = distribution.score_date
        and counts.segment = distribution.segment
        and counts.score = distribution.score
where counts.customers is distinct from distribution.customers
