-- journey_case_answers: one row per case and touchpoint that something was known of: the latest answer up to the
-- outcome.
with

journey_cases as (

    select * from {{ ref('journey_cases') }}

),

touchpoint_ratings as (

    select * from {{ ref('touchpoint_ratings') }}

),

known as (

    select
        journey_cases.outcome,
        journey_cases.case_id,
        touchpoint_ratings.touchpoint,
        touchpoint_ratings.answer,
        touchpoint_ratings.rating,
        {{ answer_place(['journey_cases.outcome', 'journey_cases.case_id', 'touchpoint_ratings.touchpoint']) }} as place
    from journey_cases
    inner join touchpoint_ratings
        on
            journey_cases.customer_id = touchpoint_ratings.customer_id
            and journey_cases.happened_at >= touchpoint_ratings.rated_at
    where touchpoint_ratings.answer is not null

),

final as (

    select
        outcome,
        case_id,
        touchpoint,
        answer,
        rating
    from known
    where place = 1

)

select * from final
