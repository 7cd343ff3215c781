-- ledger_entries: one row per event and balance that it moves, in the ledger's currency: everything that ever happened
-- to a customer, as amounts that are only ever added up.
with

{% for factor in factor_names() -%}
factor_{{ factor }} as (

    select * from {{ ref('factor_' ~ factor) }}

),

{% endfor -%}

entries as (
    {%- for factor in factor_names() %}

    select
        customer_id,
        customer_key,
        effective_on,
        event_kind,
        event_id,
        occurred_at,
        factor,
        balance,
        issue_category,
        cast(amount as double) as amount
    from factor_{{ factor }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from entries
