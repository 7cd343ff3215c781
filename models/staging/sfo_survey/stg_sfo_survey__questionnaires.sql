-- stg_sfo_survey__questionnaires: one row per raw row of the yearly surveys, read and judged.
{%- set ratings, contexts = sfo_rating_questions(), sfo_context_questions() %}
with

raw_questionnaires as (

    select * from {{ raw_table('sfo_survey', 'sfo_survey') }}
    {{ not_yet_read() }}

),

settings as (

    select cast(value as integer) as survey_month
    from {{ ref('rule_settings') }}
    where setting = 'sfo_survey_month'

),

scales as (

    select
        min(case when answers = 'rating' then code end) as lowest_rating,
        max(case when answers = 'rating' then code end) as highest_rating,
        min(case when answers = 'recommendation' then code end) as lowest_recommendation,
        max(case when answers = 'recommendation' then code end) as highest_recommendation
    from {{ ref('sfo_codes') }}

),

typed as (

    select
        {{ clean_text('respnum') }} as questionnaire_number,
        {{ clean_text('barea') }} as boarding_area,
        {%- for question in ratings + contexts + ['netpro'] %}
        {{ clean_text(question) }} as {{ question }}_text,
        {{ sfo_code(question) }} as {{ question }},
        {%- endfor %}
        {{ sfo_interview_day(clean_text('intdate'), year_in_name('_file'), 'settings.survey_month') }}
            as interviewed_on,
        false as is_deleted,
        cast(null as timestamp) as updated_at,
        {{ lineage_columns('raw_questionnaires') }}
    from raw_questionnaires
    cross join settings

),

judged as (

    select
        typed.*,
        cast(extract(year from typed.interviewed_on) as integer) as survey_year,
        case
            when typed.questionnaire_number is null then 'missing_key'
            when typed.interviewed_on is null then 'unreadable_timestamp'
            {%- for question in ratings + contexts + ['netpro'] %}
            when typed.{{ question }}_text is not null and typed.{{ question }} is null then 'unreadable_number'
            {%- endfor %}
            {%- for question in ratings %}
            when
                typed.{{ question }} not between scales.lowest_rating and scales.highest_rating
                then 'rating_out_of_range'
            {%- endfor %}
            when
                typed.netpro not between scales.lowest_recommendation and scales.highest_recommendation
                then 'rating_out_of_range'
        end as reason
    from typed
    cross join scales

),

judged_rows as (

    select
        questionnaire_number,
        boarding_area,
        survey_year,
        {%- for question in ratings + contexts + ['netpro'] %}
        {{ question }},
        {%- endfor %}
        {{ judged_columns(
            "concat_ws(', ', cast(survey_year as string), questionnaire_number)",
            dated_on='interviewed_on',
        ) }}
    from judged

),

{{ settled(
    columns=['questionnaire_number', 'boarding_area', 'survey_year'] + ratings + contexts + ['netpro'],
    key=['survey_year', 'questionnaire_number'],
) }}

select * from settled
