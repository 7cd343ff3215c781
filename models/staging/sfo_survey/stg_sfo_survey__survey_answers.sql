-- stg_sfo_survey__survey_answers: one row per questionnaire and question that was answered.
with

questionnaires as (

    select * from {{ ref('stg_sfo_survey__questionnaires') }}
    where reason is null

),

questions as (

    select * from {{ ref('sfo_questions') }}

),

codes as (

    select * from {{ ref('sfo_codes') }}

),

given as (
    {%- for question in sfo_rating_questions() + sfo_context_questions() %}
    select
        {{ sfo_respondent('questionnaires') }} as response_id,
        '{{ question }}' as question,
        questionnaires.{{ question }} as code,
        questionnaires.row_status
    from questionnaires
    where questionnaires.{{ question }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- The dictionary knows codes for no answer; a code of context that it does not know is an answer of its own.
answered as (

    select
        given.response_id,
        questions.touchpoint,
        questions.driver,
        questions.answers,
        case when codes.code is null then cast(given.code as string) else codes.answer end as answer,
        given.row_status
    from given
    inner join questions
        on given.question = questions.question
    left join codes
        on
            questions.answers = codes.answers
            and given.code = codes.code

),

final as (

    select
        response_id,
        touchpoint,
        driver,
        answer,
        case when answers = 'rating' then cast(answer as double) end as rating,
        row_status
    from answered
    where answer is not null

)

select * from final
