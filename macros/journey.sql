{# Surveys and needs (docs/journey.md). #}

{# A CTE `segment_spells`: the days for which a row of customer_segments says who a customer is to a survey. Who left is asked
   as what they were, and who answers before their first row as what they were to become. #}
{% macro segment_spells() -%}
segment_spells as (

    select
        customer_id,
        segment,
        property_id,
        case
            when lag(started_on) over (partition by customer_id order by started_on) is null then date '0001-01-01'
            else started_on
        end as valid_from,
        lead(started_on, 1, date '9999-12-31') over (partition by customer_id order by started_on) as valid_before
    from {{ ref('customer_segments') }}

)
{%- endmacro %}

{# How well a rating meets the need of its touchpoint; null without cut-offs. #}
{% macro need_met(rating) -%}
    case
        when {{ rating }} >= touchpoints.exceeded_from then 'exceeded'
        when {{ rating }} >= touchpoints.met_from then 'met'
        when {{ rating }} < touchpoints.met_from then 'missed'
    end
{%- endmacro %}

{# A rating as the text by which scorecards know it: whole numbers without decimals. #}
{% macro rating_level(rating) -%}
    case
        when {{ rating }} = floor({{ rating }}) then cast(cast({{ rating }} as integer) as varchar)
        else cast({{ rating }} as varchar)
    end
{%- endmacro %}
