-- stg_files__customers: one row per raw row of customers, read and judged.
with

raw_customers as (

    select * from {{ source('files', 'customers') }}

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

fated as (

    select
        *,
        {{ row_status(['customer_id']) }} as row_status
    from judged

),

final as (

    select
        customer_id,
        customer_name,
        email,
        {{ judged_columns('customer_id') }}
    from fated

)

select * from final
