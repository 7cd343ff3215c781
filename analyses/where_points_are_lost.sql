-- where_points_are_lost: one row per segment and factor on the latest score date: how many of its possible points a
-- customer gets on average, and how closely it goes with the score. Where the mean is low there is most to gain; where
-- the correlation is high the factor decides who ranks where.
with

customer_scores_current as (

    select * from {{ ref('customer_scores_current') }}

),

factor_weights as (

    select * from {{ ref('factor_weights') }}

),

factor_points as (
    {%- for factor in factor_names() %}

    select
        segment,
        '{{ factor }}' as factor,
        {{ factor }}_points as points,
        score
    from customer_scores_current
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        factor_points.segment,
        factor_points.factor,
        count(*) as customers,
        100 * min(factor_weights.weight) as possible_points,
        round(avg(factor_points.points), 2) as mean_points,
        round(corr(factor_points.points, factor_points.score), 2) as correlation_with_score
    from factor_points
    inner join factor_weights
        on
            factor_points.segment = factor_weights.segment
            and factor_points.factor = factor_weights.factor
    group by factor_points.segment, factor_points.factor

)

select * from final
