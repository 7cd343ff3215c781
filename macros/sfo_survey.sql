{# The airport's questionnaires: what the kind of source sfo_survey reads of them (docs/bring-your-own-data.md). #}

{% macro sfo_rating_questions() -%}
    {{ return([
        'q7art',
        'q7food',
        'q7store',
        'q7sign',
        'q7walkways',
        'q7screens',
        'q7infodown',
        'q7infoup',
        'q7wifi',
        'q7roads',
        'q7park',
        'q7airtrain',
        'q7ltparking',
        'q7rental',
        'q9airtrain',
        'q9rental',
        'q9food',
    ]) }}
{%- endmacro %}

{% macro sfo_context_questions() -%} {{ return(['q2purp1', 'q5timesflown', 'q16live']) }} {%- endmacro %}

{# A code as the dictionary has it: some years write the word for the code of no answer. #}
{% macro sfo_code(column) -%}
    coalesce(try_cast({{ clean_text(column) }} as integer), case when lower({{ clean_text(column) }}) = 'blank' then 0 end)
{%- endmacro %}

{# Nobody is asked twice, as far as the survey knows: a questionnaire is a customer. #}
{% macro sfo_respondent(questionnaires) -%}
    cast({{ questionnaires }}.survey_year as string) || '-' || {{ questionnaires }}.questionnaire_number
{%- endmacro %}

{# The year that a file is named by, its last four digits in a row: null without one. #}
{% macro year_in_name(file) -%}
    try_cast(regexp_extract({{ file }}, '((19|20)[0-9]{2})[^0-9]*$', 1) as integer)
{%- endmacro %}

{# The day of an interview: month/day/year, with or without a time, or ISO 8601; or the day of the month alone, of the month
   and year that are given. #}
{% macro sfo_interview_day(text, year, month) -%}
    {{ return(adapter.dispatch('sfo_interview_day', 'rapport')(text, year, month)) }}
{%- endmacro %}

{% macro default__sfo_interview_day(text, year, month) -%}
    cast(
        coalesce(
            try_strptime({{ text }}, '%m/%d/%Y %I:%M:%S %p'),
            try_strptime({{ text }}, '%m/%d/%Y'),
            try_cast({{ text }} as timestamp),
            try_strptime({{ year }} || '-' || {{ month }} || '-' || {{ text }}, '%Y-%m-%d')
        ) as date
    )
{%- endmacro %}

{# Spark would take a time of day for one of today. #}
{% macro spark__sfo_interview_day(text, year, month) -%}
    cast(
        coalesce(
            try_to_timestamp({{ text }}, 'M/d/yyyy h:mm:ss a'),
            try_to_timestamp({{ text }}, 'M/d/yyyy'),
            case when {{ text }} like '____-__-__%' then try_cast({{ text }} as timestamp) end,
            try_to_timestamp({{ year }} || '-' || {{ month }} || '-' || {{ text }}, 'yyyy-M-d')
        ) as date
    )
{%- endmacro %}
