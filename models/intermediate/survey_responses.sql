-- survey_responses: one row per response to a survey, with who the customer was on that day.
with

unioned as (
    {{ union_sources('survey_responses', [
        'response_id',
        'customer_id',
        'survey',
        'touchpoint',
        'measure',
        'score',
        'responded_at',
        'row_status',
    ]) }}
),

{{ segment_spells() }},

final as (

    select
        unioned.response_id,
        unioned.source_kind,
        unioned.customer_id,
        segment_spells.property_id,
        unioned.survey,
        unioned.touchpoint,
        unioned.measure,
        -- As everywhere: of whom nobody says what they are is a resident.
        coalesce(segment_spells.segment, 'resident') as segment,
        unioned.score,
        unioned.responded_at,
        cast(unioned.responded_at as date) as responded_on
    from unioned
    left join segment_spells
        on
            unioned.customer_id = segment_spells.customer_id
            and cast(unioned.responded_at as date) >= segment_spells.valid_from
            and cast(unioned.responded_at as date) < segment_spells.valid_before
    where unioned.row_status = 'used'

)

select * from final
