{# A midrank within the segment, of those who are scored by both rules: those who tie share their mean rank. #}
{% macro midrank(score) -%}
    rank() over (partition by segment, score_change is null order by {{ score }})
    + (count(*) over (partition by segment, score_change is null, {{ score }}) - 1) / 2.0
{%- endmacro %}
