-- stg_files__survey_responses: one row per raw row of survey_responses, read and judged.
with

raw_survey_responses as (

    select * from {{ raw_table('files', 'survey_responses') }}
    {{ not_yet_read() }}

),

measures as (

    select * from {{ ref('measures') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

typed as (

    select
        {{ clean_text('response_id') }} as response_id,
        {{ clean_text('customer_id') }} as customer_id,
        lower({{ clean_text('survey') }}) as survey,
        {{ clean_text('touchpoint') }} as touchpoint,
        lower({{ clean_text('measure') }}) as measure,
        {{ masked('comment') }} as comment,
        {{ clean_text('score') }} as score_text,
        try_cast({{ clean_text('score') }} as double) as score,
        {{ local_timestamp(clean_text('responded_at')) }} as responded_at,
        {{ raw_columns('raw_survey_responses') }}
    from raw_survey_responses

),

judged as (

    select
        typed.*,
        case
            when typed.response_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when typed.customer_id is null then 'missing_customer'
            when typed.responded_at is null then 'unreadable_timestamp'
            when typed.survey is null or typed.survey not in ('touchpoint', 'relationship') then 'unknown_survey'
            when measures.measure is null then 'unknown_measure'
            when typed.score_text is null then 'missing_value'
            when typed.score is null then 'unreadable_number'
            when typed.score not between measures.lowest and measures.highest then 'rating_out_of_range'
            when typed.survey = 'touchpoint' and typed.touchpoint is null then 'missing_value'
            when typed.survey = 'touchpoint' and typed.measure <> touchpoints.measure then 'other_measure'
        end as reason
    from typed
    left join measures
        on typed.measure = measures.measure
    left join touchpoints
        on typed.touchpoint = touchpoints.touchpoint

),

judged_rows as (

    select
        response_id,
        customer_id,
        survey,
        touchpoint,
        measure,
        comment,
        score,
        responded_at,
        {{ judged_columns('response_id', dated_on='responded_at', texts=['comment']) }}
    from judged

),

{{ settled(
    columns=[
        'response_id',
        'customer_id',
        'survey',
        'touchpoint',
        'measure',
        'comment',
        'score',
        'responded_at',
    ],
    key=['response_id'],
) }}

select * from settled
