-- current_balances: one row per customer: the balances that are valid now. Nearly every day is scored from these,
-- without a look at history.
{{ catches_up() }}
{{ config(meta={'by': 'customer_key'}) }}
with

balances as (

    select balances.*
    from {{ ref('balances') }} as balances
    {{ only_touched('balances', on='customer_key') }}
    where balances.valid_to is null

),

final as (

    select
        customer_id,
        customer_key,
        {%- for balance in balance_names() %}
        {{ balance }},
        {%- endfor %}
        last_contact_on,
        valid_from
    from balances
    {{ clustered_by('customer_id') }}

)

select * from final
