-- touchpoint_drivers: one row per response, touchpoint and driver that it was asked about.
with

survey_responses as (

    select * from {{ ref('survey_responses') }}

),

unioned_answers as (
    {{ union_sources('survey_answers', ['response_id', 'touchpoint', 'driver', 'rating', 'row_status']) }}
),

answers as (

    select * from unioned_answers
    where
        row_status = 'used'
        and driver is not null

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

final as (

    select
        survey_responses.response_id,
        survey_responses.source_kind,
        survey_responses.customer_id,
        answers.touchpoint,
        answers.driver,
        survey_responses.segment,
        answers.rating,
        answers.rating >= touchpoints.met_from as is_satisfied,
        survey_responses.responded_at as rated_at,
        survey_responses.responded_on as rated_on
    from answers
    inner join survey_responses
        on
            answers.source_kind = survey_responses.source_kind
            and answers.response_id = survey_responses.response_id
    left join touchpoints
        on answers.touchpoint = touchpoints.touchpoint

)

select * from final
