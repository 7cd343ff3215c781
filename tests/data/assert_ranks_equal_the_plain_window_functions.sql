-- The model takes ranks from counts of scores; this is what they stand for.
{{ config(tags=['whole_history']) }}
with

ranked as (

    select
        score_date,
        customer_id,
        portfolio_rank,
        segment_size,
        percent_rank,
        rank() over (partition by score_date, segment order by score desc) as plain_rank,
        count(*) over (partition by score_date, segment) as plain_segment_size,
        percent_rank() over (partition by score_date, segment order by score) as plain_percent_rank
    from {{ ref('customer_scores_daily') }}

)

select * from ranked
where
    portfolio_rank is distinct from plain_rank
    or segment_size is distinct from plain_segment_size
    or percent_rank is distinct from plain_percent_rank
