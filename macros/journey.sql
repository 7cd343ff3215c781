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
        when {{ rating }} = floor({{ rating }}) then cast(cast({{ rating }} as integer) as string)
        else cast({{ rating }} as string)
    end
{%- endmacro %}

{# The ends of the Wilson interval of a share (Wilson 1927): where the share's own standard error would just reach what was
   seen. It stays within 0 and 1 and holds the share, also of all or nothing, where rounding would not; null of no responses. #}
{% macro wilson_lower(part, whole, z) -%}
    case
        when {{ whole }} > 0
            then greatest(least({{ wilson_bound(part, whole, z, '-') }}, {{ part }} / cast({{ whole }} as double)), 0)
    end
{%- endmacro %}

{% macro wilson_upper(part, whole, z) -%}
    case
        when {{ whole }} > 0
            then least(greatest({{ wilson_bound(part, whole, z, '+') }}, {{ part }} / cast({{ whole }} as double)), 1)
    end
{%- endmacro %}

{% macro wilson_bound(part, whole, z, sign) -%}
    {%- set n = 'cast(' ~ whole ~ ' as double)' -%}
    {%- set share = '(' ~ part ~ ' / ' ~ n ~ ')' -%}
    (
        {{ share }} + {{ z }} * {{ z }} / (2 * {{ n }})
        {{ sign }} {{ z }} * sqrt(
            {{ share }} * (1 - {{ share }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }})
        )
    ) / (1 + {{ z }} * {{ z }} / {{ n }})
{%- endmacro %}

{# An end of the adjusted-Wald interval of a net promoter score, -100 to 100 (Rocks 2016, "Interval estimation for the net
   promoter score", weights 1/4, 1/2, 1/4): as if `added` more had answered, a quarter of them promoters and a quarter
   detractors, so that few or unanimous answers do not look certain. Null of no responses. #}
{% macro nps_bound(promoters, detractors, respondents, added, z, sign) -%}
    {%- set n = '(' ~ respondents ~ ' + ' ~ added ~ ')' -%}
    {%- set for = '((' ~ promoters ~ ' + ' ~ added ~ ' / 4) / ' ~ n ~ ')' -%}
    {%- set against = '((' ~ detractors ~ ' + ' ~ added ~ ' / 4) / ' ~ n ~ ')' -%}
    case
        when {{ respondents }} > 0
            then {{ 'greatest' if sign == '-' else 'least' }}(
                100 * ({{ for }} - {{ against }})
                {{ sign }} 100 * {{ z }} * sqrt(
                    ({{ for }} + {{ against }} - ({{ for }} - {{ against }}) * ({{ for }} - {{ against }})) / {{ n }}
                ),
                {{ '-100' if sign == '-' else '100' }}
            )
    end
{%- endmacro %}

{# The first day of a day's month, and a number that grows by one with every month. #}
{% macro month_of(day) -%} cast({{ dbt.date_trunc('month', day) }} as date) {%- endmacro %}

{% macro month_number(day) -%} (12 * extract(year from {{ day }}) + extract(month from {{ day }})) {%- endmacro %}

{# Which of several ratings of the CTE `touchpoint_ratings` is the answer, of each group: number 1, the latest; of ratings of one
   moment the first by source and name. #}
{% macro answer_place(group) -%}
    row_number() over (
        partition by {{ group | join(', ') }}
        order by
            touchpoint_ratings.rated_at desc,
            touchpoint_ratings.source_kind asc,
            touchpoint_ratings.response_id asc
    )
{%- endmacro %}
