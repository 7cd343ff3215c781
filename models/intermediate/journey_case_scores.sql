-- journey_case_scores: one row per case of an outcome that has a scorecard: what the scorecard, the mean rating alone
-- and the base rate said of it before it was known how it would end.
with

journey_cases as (

    select * from {{ ref('journey_cases') }}

),

cases as (

    select
        journey_cases.outcome,
        journey_cases.case_id,
        journey_cases.segment
    from journey_cases
    inner join {{ ref('journey_trainings') }} as trained
        on journey_cases.outcome = trained.outcome

),

answers as (

    select * from {{ ref('journey_case_answers') }}

),

{{ journey_scores(answers_by_outcome=true) }},

final as (

    select
        journey_scores.outcome,
        journey_scores.case_id,
        journey_cases.customer_id,
        journey_cases.segment,
        case when journey_cases.happened_on <= trainings.trained_until then 'training' else 'later' end as split,
        journey_cases.is_event,
        journey_scores.touchpoints_rated,
        journey_scores.mean_rating,
        journey_scores.log_odds,
        coalesce(
            trainings.mean_intercept + trainings.mean_slope * journey_scores.mean_rating,
            trainings.mean_absent
        ) as mean_log_odds,
        ln(trainings.base_rate / (1 - trainings.base_rate)) as base_log_odds,
        journey_scores.probability,
        journey_cases.happened_on
    from journey_scores
    inner join journey_cases
        on
            journey_scores.outcome = journey_cases.outcome
            and journey_scores.case_id = journey_cases.case_id
    inner join trainings
        on journey_scores.outcome = trainings.outcome

)

select * from final
