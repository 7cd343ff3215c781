-- customer_journey_scores: one row per customer in a segment on the latest score date and outcome that has a scorecard:
-- how likely the outcome is by what is known of their journey.
with

as_of as (

    select max(score_date) as score_date
    from {{ ref('scoring_days') }}

),

customer_segments as (

    select * from {{ ref('customer_segments') }}

),

scored_customers as (

    select
        customer_segments.customer_id,
        customer_segments.property_id,
        customer_segments.segment,
        as_of.score_date
    from customer_segments
    inner join as_of
        on
            customer_segments.started_on <= as_of.score_date
            and (customer_segments.ended_on is null or customer_segments.ended_on > as_of.score_date)

),

cases as (

    select
        trained.outcome,
        scored_customers.customer_id as case_id,
        scored_customers.segment
    from scored_customers
    cross join {{ ref('journey_trainings') }} as trained

),

answers as (

    select
        customer_id as case_id,
        touchpoint,
        answer
    from {{ ref('latest_answers') }}

),

{{ journey_scores() }},

final as (

    select
        scored_customers.score_date,
        journey_scores.outcome,
        scored_customers.customer_id,
        scored_customers.property_id,
        scored_customers.segment,
        journey_scores.helps_most,
        journey_scores.costs_most,
        cast(journey_scores.touchpoints_rated as integer) as touchpoints_rated,
        cast(journey_scores.probability as double) as probability,
        trainings.is_better_than_mean,
        journey_scores.scorecard_version
    from journey_scores
    inner join scored_customers
        on journey_scores.case_id = scored_customers.customer_id
    inner join trainings
        on journey_scores.outcome = trainings.outcome

)

select * from final
