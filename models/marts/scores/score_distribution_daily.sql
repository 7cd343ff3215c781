-- score_distribution_daily: one row per score date, segment and score that somebody has: what ranks come from.
with

daily_points as (

    select * from {{ ref('daily_points') }}

),

score_bands as (

    select
        band,
        floor as band_from,
        lead(floor) over (order by floor) as band_before
    from {{ ref('score_bands') }}

),

counts as (

    select
        score_date,
        segment,
        score,
        count(*) as customers
    from daily_points
    group by score_date, segment, score

),

running as (

    select
        score_date,
        segment,
        score,
        customers,
        sum(customers) over (
            partition by score_date, segment
            order by score
            rows unbounded preceding
        ) as customers_up_to,
        sum(customers) over (partition by score_date, segment) as segment_size
    from counts

),

final as (

    select
        running.score_date,
        running.segment,
        running.score,
        score_bands.band,
        running.customers,
        cast(running.segment_size - running.customers_up_to + 1 as bigint) as portfolio_rank,
        case
            when running.segment_size > 1
                then
                    cast(running.customers_up_to - running.customers as double)
                    / cast(running.segment_size - 1 as double)
            else 0
        end as percent_rank,
        cast(running.segment_size as bigint) as segment_size
    from running
    inner join score_bands
        on
            running.score >= score_bands.band_from
            and running.score < coalesce(score_bands.band_before, running.score + 1)

)

select * from final
