-- stg_sfo_survey__survey_responses: one row per questionnaire: how likely the passenger is to recommend the airport.
with

questionnaires as (

    select * from {{ ref('stg_sfo_survey__questionnaires') }}
    where reason is null

),

codes as (

    select * from {{ ref('sfo_codes') }}
    where answers = 'recommendation'

),

-- Without a recommendation it still rates touchpoints.
final as (

    select
        {{ sfo_respondent('questionnaires') }} as response_id,
        {{ sfo_respondent('questionnaires') }} as customer_id,
        'relationship' as survey,
        cast(null as string) as touchpoint,
        'nps' as measure,
        cast(codes.answer as double) as score,
        cast(questionnaires.dated_on as timestamp) as responded_at,
        questionnaires.row_status
    from questionnaires
    left join codes
        on questionnaires.netpro = codes.code

)

select * from final
