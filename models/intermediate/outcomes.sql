-- outcomes: one row per outcome of a customer that a source gives: a renewal, a move-out, a conversion, or your own.
with

unioned as (
    {{ union_sources('outcomes', ['outcome_id', 'customer_id', 'outcome', 'amount', 'occurred_at', 'row_status']) }}
),

final as (

    select
        outcome_id,
        source_kind,
        customer_id,
        outcome,
        amount,
        occurred_at
    from unioned
    where row_status = 'used'

)

select * from final
