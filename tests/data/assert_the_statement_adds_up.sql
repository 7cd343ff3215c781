-- The lines up to a day, with what time alone did since the last one, add up to the score of every customer and day;
-- and no line hides a change that none of its factors has.
{{ config(tags=['whole_history']) }}
with

sums as (

    select
        customer_id,
        line_number,
        score_after,
        sum(score_change) over (
            partition by customer_id
            order by line_number
            rows unbounded preceding
        ) as summed,
        row_number() over (
            partition by customer_id
            order by line_number
        ) as place
    from {{ ref('score_statement') }}

)

select
    customer_id,
    cast(line_number as string) as line_or_day,
    summed as computed,
    score_after as expected
from sums
where
    summed <> score_after
    or place <> line_number

union all

select
    scores.customer_id,
    cast(scores.score_date as string) as line_or_day,
    told.score_after + told.fading_change + told.waiting_change as computed,
    scores.score as expected
from {{ ref('customer_scores_daily') }} as scores
full join {{ ref('score_statement_daily') }} as told
    on
        scores.score_date = told.score_date
        and scores.customer_id = told.customer_id
where scores.score is distinct from told.score_after + told.fading_change + told.waiting_change
