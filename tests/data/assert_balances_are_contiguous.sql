-- An account has balances on every day since it opened: a gap would leave days unscored, an overlap score them twice.
{{ config(tags=['whole_history']) }}
with

with_next as (

    select
        customer_id,
        valid_from,
        valid_to,
        lead(valid_from) over (
            partition by customer_id
            order by valid_from
        ) as next_valid_from
    from {{ ref('balances') }}

)

select * from with_next
where valid_to is distinct from next_valid_from
