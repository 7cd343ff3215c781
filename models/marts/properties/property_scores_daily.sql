-- property_scores_daily: one row per score date, property and segment with a customer who is scored: the mean of their
-- scores, what is left of it where they are few, and its rank among the properties of the portfolio.
with

estimates as (

    select * from {{ ref('property_estimates_daily') }}

),

-- The view a second time, not its CTE: a filter on the score date then reaches both.
month_before as (

    select
        score_date + 30 as score_date,
        segment,
        property_id,
        adjusted_score
    from {{ ref('property_estimates_daily') }}

),

properties as (

    select * from {{ ref('properties') }}

),

score_bands as (

    select * from {{ score_bands() }} as bands

),

ranked as (

    select
        *,
        rank() over (partition by score_date, segment order by adjusted_score desc) as property_rank,
        count(*) over (partition by score_date, segment) as properties_ranked,
        percent_rank() over (partition by score_date, segment order by adjusted_score) as percent_rank,
        {{ quantile('adjusted_score', 0.25, 'score_date, segment') }} as lower_quartile,
        {{ quantile('adjusted_score', 0.5, 'score_date, segment') }} as median_score,
        {{ quantile('adjusted_score', 0.75, 'score_date, segment') }} as upper_quartile
    from estimates

),

final as (

    select
        ranked.score_date,
        ranked.property_id,
        properties.property_name,
        ranked.segment,
        ranked.customers,
        ranked.mean_score,
        ranked.adjusted_score,
        cast(ranked.adjusted_score - month_before.adjusted_score as decimal(7, 4)) as change_30d,
        score_bands.band,
        cast(ranked.property_rank as bigint) as property_rank,
        ranked.properties_ranked,
        ranked.percent_rank,
        ranked.portfolio_mean,
        {{ rounded('ranked.lower_quartile', 7, 4) }} as lower_quartile,
        {{ rounded('ranked.median_score', 7, 4) }} as median_score,
        {{ rounded('ranked.upper_quartile', 7, 4) }} as upper_quartile,
        {%- for band in bands_with_a_share() %}
        cast(ranked.{{ band }}_customers as double) / ranked.customers as {{ band }}_share,
        {%- endfor %}
        cast(
            ranked.customers
            {%- for band in bands_with_a_share() %}
            - ranked.{{ band }}_customers
            {%- endfor %}
            as double
        ) / ranked.customers as other_share,
        case
            when ranked.between_variance is null then cast(ranked.default_shrinkage as double)
            else cast(ranked.within_variance as double) / nullif(cast(ranked.between_variance as double), 0)
        end as shrinkage_customers,
        cast(ranked.own_weight as double) as own_weight,
        ranked.rule_version
    from ranked
    inner join score_bands
        on {{ lies_in_band('ranked.adjusted_score') }}
    left join month_before
        on
            ranked.score_date = month_before.score_date
            and ranked.segment = month_before.segment
            and ranked.property_id = month_before.property_id
    left join properties
        on ranked.property_id = properties.property_id

)

select * from final
