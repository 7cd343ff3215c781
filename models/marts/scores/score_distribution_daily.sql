-- score_distribution_daily: one row per score date, segment and score that somebody has: what ranks come from.
{{ catches_up(['new_days', 'score_count_changes']) }}
{{ config(by_score_date('recounted')) }}
{{ config(meta={'changes': 'score_count_changes'}) }}
with

score_bands as (

    select * from {{ score_bands() }} as bands

),

-- Days that are new are counted. On the others the counts change where somebody was scored anew: a late row moves a few
-- customers, not a million.
counted as (

    select
        daily_points.score_date,
        daily_points.segment,
        daily_points.score,
        count(*) as customers
    from {{ ref('daily_points') }} as daily_points
    {{ only_new_days('daily_points') }}
    group by daily_points.score_date, daily_points.segment, daily_points.score
    {%- if changes_rows() %}

    union all

    select
        score_date,
        segment,
        score,
        customers
    from {{ ref('score_count_changes') }}

    union all

    select
        counted_before.score_date,
        counted_before.segment,
        counted_before.score,
        counted_before.customers
    from {{ this }} as counted_before
    inner join (select distinct score_date from {{ ref('score_count_changes') }}) as changed_days
        on counted_before.score_date = changed_days.score_date
    {%- endif %}

),

counts as (

    select
        score_date,
        segment,
        score,
        sum(customers) as customers
    from counted
    group by score_date, segment, score
    having sum(customers) <> 0

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
        cast(running.customers as bigint) as customers,
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
        on {{ lies_in_band('running.score') }}

)

select * from final
