-- stg_sfo_survey__customer_segments: one row per questionnaire: its passenger is a resident from the interview on.
with

questionnaires as (

    select * from {{ ref('stg_sfo_survey__questionnaires') }}
    where row_status = 'used'

),

final as (

    select
        {{ sfo_respondent('questionnaires') }} as customer_id,
        questionnaires.boarding_area as property_id,
        'resident' as segment,
        questionnaires.dated_on as started_on,
        cast(null as date) as ended_on,
        questionnaires.row_status
    from questionnaires

)

select * from final
