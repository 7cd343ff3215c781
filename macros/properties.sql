{# The bands of scores, and the means of properties (methodology, section 6). #}

{# A relation: each band from its floor up to before the next one's. #}
{% macro score_bands() -%}
    (
        select
            band,
            floor as band_from,
            lead(floor) over (order by floor) as band_before
        from {{ ref('score_bands') }}
    )
{%- endmacro %}

{% macro lies_in_band(score) -%}
    {{ score }} >= score_bands.band_from and {{ score }} < coalesce(score_bands.band_before, {{ score }} + 1)
{%- endmacro %}

{# The bands that have a share of their own in property_scores_daily, whose columns are a contract: those of the seed as it
   comes. Bands of other names share one. #}
{% macro bands_with_a_share() -%}
    {{ return(['at_risk', 'strained', 'steady', 'content', 'delighted']) }}
{%- endmacro %}

{# The sum of squared deviations from the mean of n scores, of their sum and the sum of their squares. The numerator is
   exact, so that equal scores have 0 and nothing near it; decimals add up to the same in any order. Of a million customers
   it has twenty digits: narrow decimals, multiplied, would overflow. #}
{% macro squared_deviations(n, score_sum, score_squares) -%}
    cast(
        cast(
            cast({{ n }} as decimal(38, 0)) * cast({{ score_squares }} as decimal(38, 4))
            - cast({{ score_sum }} as decimal(38, 2)) * cast({{ score_sum }} as decimal(38, 2))
            as double
        ) / {{ n }}
        as decimal(38, 18)
    )
{%- endmacro %}

{# The mean of a group's decimals, as a double. #}
{% macro mean(column) -%} {{ return(adapter.dispatch('mean', 'rapport')(column)) }} {%- endmacro %}

{% macro default__mean(column) -%} avg({{ column }}) {%- endmacro %}

{# Spark's own mean of decimals is rounded. #}
{% macro spark__mean(column) -%} cast(sum({{ column }}) as double) / count({{ column }}) {%- endmacro %}

{# The value below which a share of a window's rows lies, between two rows in proportion. #}
{% macro quantile(column, share, partition_by) -%}
    {{ return(adapter.dispatch('quantile', 'rapport')(column, share, partition_by)) }}
{%- endmacro %}

{% macro default__quantile(column, share, partition_by) -%}
    quantile_cont(cast({{ column }} as double), {{ share }}) over (partition by {{ partition_by }})
{%- endmacro %}

{% macro spark__quantile(column, share, partition_by) -%}
    percentile(cast({{ column }} as double), {{ share }}) over (partition by {{ partition_by }})
{%- endmacro %}
