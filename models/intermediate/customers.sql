-- customers: one row per customer who is in a segment, has a history or is named; the one place of their names.
{{ catches_up() }}
with

named as (
    {{ union_sources('customers', ['customer_id', 'customer_name', 'email', 'row_status']) }}
),

current_balances as (

    select current_balances.customer_id
    from {{ ref('current_balances') }} as current_balances
    {{ only_touched('current_balances') }}

),

names as (

    select
        named.customer_id,
        min(named.customer_name) as customer_name,
        min(named.email) as email
    from named
    {{ only_touched('named') }}
    where named.row_status = 'used'
    group by named.customer_id

),

final as (

    select
        coalesce(current_balances.customer_id, names.customer_id) as customer_id,
        {{ hashed(['coalesce(current_balances.customer_id, names.customer_id)']) }} as customer_key,
        names.customer_name,
        names.email
    from current_balances
    full join names
        on current_balances.customer_id = names.customer_id

)

select * from final
