-- touchpoint_ratings: one row per response and touchpoint that it says something of: a rating, words, or a fact.
with

survey_responses as (

    select * from {{ ref('survey_responses') }}

),

unioned_answers as (
    {{ union_sources('survey_answers', ['response_id', 'touchpoint', 'driver', 'answer', 'rating', 'row_status']) }}
),

answers as (

    select * from unioned_answers
    where
        row_status = 'used'
        and driver is null

),

first_time_fixes as (

    select * from {{ ref('first_time_fixes') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

ratings as (

    select
        survey_responses.response_id,
        survey_responses.source_kind,
        survey_responses.customer_id,
        survey_responses.property_id,
        answers.touchpoint,
        answers.answer,
        survey_responses.segment,
        answers.rating,
        survey_responses.responded_at as rated_at
    from answers
    inner join survey_responses
        on
            answers.source_kind = survey_responses.source_kind
            and answers.response_id = survey_responses.response_id
    -- A touchpoint's own survey says it by its score.
    where
        survey_responses.survey = 'relationship'
        or answers.touchpoint is distinct from survey_responses.touchpoint

    union all

    select
        response_id,
        source_kind,
        customer_id,
        property_id,
        touchpoint,
        cast(null as string) as answer,
        segment,
        score as rating,
        responded_at as rated_at
    from survey_responses
    where survey = 'touchpoint'

    union all

    -- Known at the end of the last day on which it could have come back.
    select
        'fixed:' || issue_id as response_id,
        source_kind,
        customer_id,
        property_id,
        'fixed_first_time' as touchpoint,
        cast(null as string) as answer,
        segment,
        case when is_fixed then 1.0 else 0.0 end as rating,
        cast(known_on + 1 as timestamp) - interval '1' second as rated_at
    from first_time_fixes

),

-- A touchpoint that the seed does not know has ratings and no verdict.
final as (

    select
        ratings.response_id,
        ratings.source_kind,
        ratings.customer_id,
        ratings.property_id,
        ratings.touchpoint,
        touchpoints.measure,
        case
            when touchpoints.measure = 'context' then ratings.answer
            else {{ rating_level('ratings.rating') }}
        end as answer,
        {{ need_met('ratings.rating') }} as need_met,
        ratings.segment,
        case when touchpoints.measure = 'context' then null else cast(ratings.rating as double) end as rating,
        ratings.rated_at,
        cast(ratings.rated_at as date) as rated_on
    from ratings
    left join touchpoints
        on ratings.touchpoint = touchpoints.touchpoint

)

select * from final
