-- stg_files__outcomes: one row per raw row of outcomes, read and judged.
with

raw_outcomes as (

    select * from {{ raw_table('files', 'outcomes') }}
    {{ not_yet_read() }}

),

typed as (

    select
        {{ clean_text('outcome_id') }} as outcome_id,
        {{ clean_text('customer_id') }} as customer_id,
        lower({{ clean_text('outcome') }}) as outcome,
        {{ clean_text('amount') }} as amount_text,
        try_cast({{ clean_text('amount') }} as decimal(18, 2)) as amount,
        {{ local_timestamp(clean_text('occurred_at')) }} as occurred_at,
        {{ raw_columns('raw_outcomes') }}
    from raw_outcomes

),

judged as (

    select
        *,
        case
            when outcome_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when customer_id is null then 'missing_customer'
            when occurred_at is null then 'unreadable_timestamp'
            when outcome is null then 'missing_value'
            when amount_text is not null and amount is null then 'unreadable_number'
        end as reason
    from typed

),

judged_rows as (

    select
        outcome_id,
        customer_id,
        outcome,
        amount,
        occurred_at,
        {{ judged_columns('outcome_id', dated_on='occurred_at') }}
    from judged

),

{{ settled(
    columns=[
        'outcome_id',
        'customer_id',
        'outcome',
        'amount',
        'occurred_at',
    ],
    key=['outcome_id'],
) }}

select * from settled
