-- relationship_responses: one row per score of the relationship survey.
with

survey_responses as (

    select * from {{ ref('survey_responses') }}

),

measures as (

    select * from {{ ref('measures') }}

),

final as (

    select
        survey_responses.response_id,
        survey_responses.source_kind,
        survey_responses.customer_id,
        survey_responses.property_id,
        survey_responses.measure,
        survey_responses.segment,
        survey_responses.score,
        survey_responses.score >= measures.promoter_from as is_promoter,
        survey_responses.score < measures.passive_from as is_detractor,
        survey_responses.responded_at,
        survey_responses.responded_on
    from survey_responses
    inner join measures
        on survey_responses.measure = measures.measure
    where
        survey_responses.survey = 'relationship'
        and survey_responses.score is not null

)

select * from final
