-- customers: one row per customer who is in a segment or has a history; the one place of their names.
with

named as (
    {{ union_sources('customers', ['customer_id', 'customer_name', 'email', 'row_status']) }}
),

segments as (

    select * from {{ ref('customer_segments') }}

),

contacts as (

    select * from {{ ref('contacts') }}

),

issues as (

    select * from {{ ref('issues') }}

),

known as (

    select customer_id from segments
    union distinct
    select customer_id from contacts
    union distinct
    select customer_id from issues
    union distinct
    select customer_id from named
    where row_status = 'used'

),

names as (

    select
        customer_id,
        min(customer_name) as customer_name,
        min(email) as email
    from named
    where row_status = 'used'
    group by customer_id

),

final as (

    select
        known.customer_id,
        names.customer_name,
        names.email
    from known
    left join names
        on known.customer_id = names.customer_id

)

select * from final
