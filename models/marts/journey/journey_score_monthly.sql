-- journey_score_monthly: one row per month, outcome, segment and property: the mean journey score of its customers on
-- the last scored day of the month.
with

month_ends as (

    select
        {{ month_of('score_date') }} as month_start,
        max(score_date) as score_date
    from {{ ref('scoring_days') }}
    group by {{ month_of('score_date') }}

),

scored_customers as (

    select
        month_ends.month_start,
        month_ends.score_date,
        customer_segments.customer_id,
        customer_segments.property_id,
        customer_segments.segment,
        cast(month_ends.month_start as string) || customer_segments.customer_id as case_id
    from {{ ref('customer_segments') }} as customer_segments
    inner join month_ends
        on
            customer_segments.started_on <= month_ends.score_date
            and (customer_segments.ended_on is null or customer_segments.ended_on > month_ends.score_date)

),

cases as (

    select
        trained.outcome,
        scored_customers.case_id,
        scored_customers.segment
    from scored_customers
    cross join {{ ref('journey_trainings') }} as trained

),

rated as (

    select
        customer_id,
        touchpoint,
        answer,
        rated_at,
        lead(rated_at) over (
            partition by customer_id, touchpoint
            order by rated_at asc, source_kind desc, response_id desc
        ) as next_rated_at
    from {{ ref('touchpoint_ratings') }}
    where answer is not null

),

answers as (

    select
        scored_customers.case_id,
        rated.touchpoint,
        rated.answer
    from rated
    inner join scored_customers
        on
            rated.customer_id = scored_customers.customer_id
            and rated.rated_at < scored_customers.score_date + 1
            and (rated.next_rated_at is null or rated.next_rated_at >= scored_customers.score_date + 1)

),

{{ journey_scores() }},

final as (

    select
        scored_customers.month_start as month,
        journey_scores.outcome,
        scored_customers.segment,
        scored_customers.property_id,
        journey_scores.scorecard_version,
        count(*) as customers,
        -- Of decimals the sum is the same in whatever order.
        cast(sum(cast(journey_scores.probability as decimal(18, 12))) as double) / count(*) as mean_probability
    from journey_scores
    inner join scored_customers
        on journey_scores.case_id = scored_customers.case_id
    group by
        scored_customers.month_start,
        journey_scores.outcome,
        scored_customers.segment,
        scored_customers.property_id,
        journey_scores.scorecard_version

)

select * from final
