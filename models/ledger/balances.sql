-- balances: one row per customer and day on which their account moved: the running sums of its entries, valid from that
-- day until the next one. An account opens with nothing on the day on which its customer first enters a segment.
with

ledger_entries as (

    select * from {{ ref('ledger_entries') }}

),

customer_segments as (

    select * from {{ ref('customer_segments') }}

),

movements as (

    select
        customer_id,
        effective_on,
        balance,
        amount
    from ledger_entries

    union all

    select
        customer_id,
        min(started_on) as effective_on,
        cast(null as varchar) as balance,
        cast(0 as double) as amount
    from customer_segments
    group by customer_id

),

daily as (

    select
        customer_id,
        {%- for balance in balance_names() %}
        sum(case when balance = '{{ balance }}' then amount else 0 end) as {{ balance }},
        {%- endfor %}
        effective_on as valid_from
    from movements
    group by customer_id, effective_on

),

running as (

    select
        customer_id,
        {%- for balance in balance_names() %}
        sum({{ balance }}) over (
            partition by customer_id
            order by valid_from
            rows unbounded preceding
        ) as {{ balance }},
        {%- endfor %}
        valid_from,
        lead(valid_from) over (
            partition by customer_id
            order by valid_from
        ) as valid_to
    from daily

)

select * from running
