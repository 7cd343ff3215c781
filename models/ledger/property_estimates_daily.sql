-- property_estimates_daily: one row per score date, segment and property with customers: their mean score, and what the
-- day's variances say about how much of it to believe.
with

property_totals_daily as (

    select * from {{ ref('property_totals_daily') }}

),

shrinkage_setting as (

    select
        value as default_shrinkage,
        rule_version
    from {{ ref('rule_settings') }}
    where setting = 'shrinkage_customers'

),

totals as (

    select
        score_date,
        segment,
        property_id,
        {%- for band in bands_with_a_share() %}
        sum(case when band = '{{ band }}' then customers else 0 end) as {{ band }}_customers,
        {%- endfor %}
        sum(customers) as customers,
        sum(score_sum) as score_sum,
        sum(score_squares) as score_squares
    from property_totals_daily
    group by score_date, segment, property_id

),

with_portfolio as (

    select
        *,
        sum(customers) over (partition by score_date, segment) as portfolio_customers,
        sum(score_sum) over (partition by score_date, segment) as portfolio_sum
    from totals

),

-- Who is in no property counts for the portfolio, and says nothing about how properties differ.
with_spread as (

    select
        *,
        {{ squared_deviations('customers', 'score_sum', 'score_squares') }} as squares_within
    from with_portfolio
    where property_id is not null

),

of_the_day as (

    select
        *,
        count(*) over (partition by score_date, segment) as properties,
        sum(customers) over (partition by score_date, segment) as customers_of_all,
        sum(customers * customers) over (partition by score_date, segment) as squared_customers_of_all,
        sum(score_sum) over (partition by score_date, segment) as score_sum_of_all,
        sum(score_squares) over (partition by score_date, segment) as score_squares_of_all,
        sum(squares_within) over (partition by score_date, segment) as squares_within_all
    from with_spread

),

with_squares as (

    select
        *,
        {{ squared_deviations('customers_of_all', 'score_sum_of_all', 'score_squares_of_all') }} as squares_of_all,
        -- Customers of a property, as it were: fewer than their mean where some properties are much larger.
        (customers_of_all - cast(squared_customers_of_all as double) / customers_of_all)
        / nullif(properties - 1, 0) as typical_customers
    from of_the_day

),

mean_squares as (

    select
        *,
        -- Null where there is nothing to tell it from: one property, one customer in each, or all scores alike.
        case
            when properties > 1 and customers_of_all > properties and squares_of_all > 0
                then cast(squares_within_all as double) / (customers_of_all - properties)
        end as mean_square_within,
        cast(squares_of_all - squares_within_all as double) / nullif(properties - 1, 0) as mean_square_between
    from with_squares

),

variances as (

    select
        *,
        cast(mean_square_within as decimal(38, 18)) as within_variance,
        case
            when mean_square_within is not null
                then cast(
                    greatest((mean_square_between - mean_square_within) / typical_customers, 0) as decimal(38, 18)
                )
        end as between_variance
    from mean_squares

),

weights as (

    select
        variances.*,
        shrinkage_setting.default_shrinkage,
        shrinkage_setting.rule_version,
        cast(variances.score_sum as double) / variances.customers as unrounded_mean,
        cast(variances.portfolio_sum as double) / variances.portfolio_customers as unrounded_portfolio_mean,
        -- n / (n + m) with m = within / between, written so that no variance between properties is no error: m is then
        -- beyond all bounds, and nothing is a property's own.
        case
            when variances.between_variance is null
                then variances.customers / (variances.customers + shrinkage_setting.default_shrinkage)
            else
                variances.customers * cast(variances.between_variance as double)
                / (
                    variances.customers * cast(variances.between_variance as double)
                    + cast(variances.within_variance as double)
                )
        end as own_weight
    from variances
    cross join shrinkage_setting

),

final as (

    select
        score_date,
        segment,
        property_id,
        rule_version,
        cast(customers as bigint) as customers,
        {%- for band in bands_with_a_share() %}
        cast({{ band }}_customers as bigint) as {{ band }}_customers,
        {%- endfor %}
        {{ rounded('unrounded_mean', 7, 4) }} as mean_score,
        {{ rounded(
            'unrounded_portfolio_mean + own_weight * (unrounded_mean - unrounded_portfolio_mean)', 7, 4
        ) }} as adjusted_score,
        {{ rounded('unrounded_portfolio_mean', 7, 4) }} as portfolio_mean,
        within_variance,
        between_variance,
        cast(default_shrinkage as decimal(38, 18)) as default_shrinkage,
        cast(own_weight as decimal(15, 14)) as own_weight
    from weights

)

select * from final
