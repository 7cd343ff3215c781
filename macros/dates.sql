{# How many days one day lies after another; below zero where it lies before it. #}
{% macro days_between(earlier, later) -%} {{ return(adapter.dispatch('days_between', 'rapport')(earlier, later)) }} {%- endmacro %}

{% macro default__days_between(earlier, later) -%} ({{ later }} - {{ earlier }}) {%- endmacro %}

{% macro spark__days_between(earlier, later) -%} cast(datediff({{ later }}, {{ earlier }}) as bigint) {%- endmacro %}

{# A day for every day from the first to before the last one: a set-returning expression. #}
{% macro each_day(first_day, before_day) -%}
    {{ return(adapter.dispatch('each_day', 'rapport')(first_day, before_day)) }}
{%- endmacro %}

{% macro default__each_day(first_day, before_day) -%}
    {{ first_day }} + cast(unnest(range({{ before_day }} - {{ first_day }})) as integer)
{%- endmacro %}

{# A sequence that has nowhere to go up to goes down. #}
{% macro spark__each_day(first_day, before_day) -%}
    explode(case when {{ first_day }} < {{ before_day }} then sequence({{ first_day }}, date_sub({{ before_day }}, 1)) end)
{%- endmacro %}
