-- stg_files__survey_answers: one row per raw row of survey_answers, read and judged.
with

raw_survey_answers as (

    select * from {{ raw_table('files', 'survey_answers') }}
    {{ not_yet_read() }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

measures as (

    select * from {{ ref('measures') }}

),

typed as (

    select
        {{ clean_text('response_id') }} as response_id,
        {{ clean_text('touchpoint') }} as touchpoint,
        {{ clean_text('driver') }} as driver,
        {{ clean_text('rating') }} as answer,
        try_cast({{ clean_text('rating') }} as double) as rating,
        {{ raw_columns('raw_survey_answers') }}
    from raw_survey_answers

),

judged as (

    select
        typed.*,
        case
            when typed.response_id is null or typed.touchpoint is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when typed.answer is null then 'missing_value'
            when touchpoints.measure = 'context' then null
            when typed.rating is null then 'unreadable_number'
            when abs(typed.rating) >= cast('infinity' as double) then 'rating_out_of_range'
            when typed.rating not between measures.lowest and measures.highest then 'rating_out_of_range'
        end as reason
    from typed
    left join touchpoints
        on typed.touchpoint = touchpoints.touchpoint
    left join measures
        on touchpoints.measure = measures.measure

),

judged_rows as (

    select
        response_id,
        touchpoint,
        driver,
        answer,
        rating,
        {{ judged_columns("concat_ws(', ', response_id, touchpoint, driver)") }}
    from judged

),

{{ settled(
    columns=[
        'response_id',
        'touchpoint',
        'driver',
        'answer',
        'rating',
    ],
    key=['response_id', 'touchpoint', 'driver'],
) }}

select * from settled
