-- Also: in the segment and the property of that day.
{{ config(tags=['whole_history']) }}
with

in_a_segment as (

    select
        scoring_days.score_date,
        customer_segments.customer_id,
        customer_segments.segment,
        customer_segments.property_id
    from {{ ref('customer_segments') }} as customer_segments
    inner join {{ ref('scoring_days') }} as scoring_days
        on
            customer_segments.segment = scoring_days.segment
            and customer_segments.started_on <= scoring_days.score_date
            and coalesce(customer_segments.ended_on > scoring_days.score_date, true)

)

select
    coalesce(in_a_segment.score_date, scores.score_date) as score_date,
    coalesce(in_a_segment.customer_id, scores.customer_id) as customer_id,
    in_a_segment.segment,
    scores.segment as scored_segment,
    in_a_segment.property_id,
    scores.property_id as scored_property_id
from in_a_segment
full join {{ ref('customer_scores_daily') }} as scores
    on
        in_a_segment.score_date = scores.score_date
        and in_a_segment.customer_id = scores.customer_id
where
    in_a_segment.segment is distinct from scores.segment
    or in_a_segment.property_id is distinct from scores.property_id
