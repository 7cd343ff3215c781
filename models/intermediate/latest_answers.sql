-- latest_answers: one row per customer and touchpoint that something is known of: the latest answer up to the latest
-- score date.
with

as_of as (

    select max(score_date) as score_date
    from {{ ref('scoring_days') }}

),

touchpoint_ratings as (

    select * from {{ ref('touchpoint_ratings') }}

),

placed as (

    select
        touchpoint_ratings.customer_id,
        touchpoint_ratings.touchpoint,
        touchpoint_ratings.answer,
        touchpoint_ratings.rated_at,
        {{ answer_place(['touchpoint_ratings.customer_id', 'touchpoint_ratings.touchpoint']) }} as place
    from touchpoint_ratings
    inner join as_of
        on touchpoint_ratings.rated_at < as_of.score_date + 1
    where touchpoint_ratings.answer is not null

),

final as (

    select
        customer_id,
        touchpoint,
        answer,
        rated_at
    from placed
    where place = 1

)

select * from final
