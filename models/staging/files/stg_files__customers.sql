-- stg_files__customers: one row per raw row of customers, read and judged.
with

raw_customers as (

    select * from {{ raw_table('files', 'customers') }}
    {{ not_yet_read() }}

),

typed as (

    select
        {{ clean_text('customer_id') }} as customer_id,
        {{ clean_text('customer_name') }} as customer_name,
        {{ clean_text('email') }} as email,
        {{ raw_columns('raw_customers') }}
    from raw_customers

),

judged as (

    select
        *,
        case
            when customer_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
        end as reason
    from typed

),

judged_rows as (

    select
        customer_id,
        customer_name,
        email,
        {{ judged_columns('customer_id') }}
    from judged

),

{{ settled(
    columns=[
        'customer_id',
        'customer_name',
        'email',
    ],
    key=['customer_id'],
) }}

select * from settled
