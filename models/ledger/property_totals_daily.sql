-- property_totals_daily: one row per score date, segment, property and band that somebody's score lies in: how many
-- customers, and the sums that means and variances come from. Without a property: those of whom none is known.
{{ catches_up(['new_days', 'property_score_changes']) }}
{{ config(by_score_date('recounted')) }}
{{ config(meta={'changes': 'property_score_changes'}) }}
with

score_bands as (

    select * from {{ score_bands() }} as bands

),

distinct_scores as (

    select daily_points.score
    from {{ ref('daily_points') }} as daily_points
    {{ only_new_days('daily_points') }}
    group by daily_points.score

),

-- A million rows find their band quicker by the score than by floors.
bands_of_scores as (

    select
        scores.score,
        score_bands.band
    from distinct_scores as scores
    inner join score_bands
        on {{ lies_in_band('scores.score') }}

),

-- As score_distribution_daily is counted: new days from the scores, others from what changed.
counted as (

    select
        daily_points.score_date,
        daily_points.segment,
        daily_points.property_id,
        bands_of_scores.band,
        count(*) as customers,
        sum(daily_points.score) as score_sum,
        sum(daily_points.score * daily_points.score) as score_squares
    from {{ ref('daily_points') }} as daily_points
    inner join bands_of_scores
        on daily_points.score = bands_of_scores.score
    {{ only_new_days('daily_points') }}
    group by daily_points.score_date, daily_points.segment, daily_points.property_id, bands_of_scores.band
    {%- if changes_rows() %}

    union all

    select
        score_date,
        segment,
        property_id,
        band,
        customers,
        score_sum,
        score_squares
    from {{ ref('property_score_changes') }}

    union all

    select
        counted_before.score_date,
        counted_before.segment,
        counted_before.property_id,
        counted_before.band,
        counted_before.customers,
        counted_before.score_sum,
        counted_before.score_squares
    from {{ this }} as counted_before
    inner join (select distinct score_date from {{ ref('property_score_changes') }}) as changed_days
        on counted_before.score_date = changed_days.score_date
    {%- endif %}

),

final as (

    select
        score_date,
        segment,
        property_id,
        band,
        cast(sum(customers) as bigint) as customers,
        cast(sum(score_sum) as decimal(18, 2)) as score_sum,
        cast(sum(score_squares) as decimal(18, 4)) as score_squares
    from counted
    group by score_date, segment, property_id, band
    having sum(customers) <> 0
    {{ clustered_by('score_date') }}

)

select * from final
