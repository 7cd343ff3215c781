-- issues: one row per issue of its row's customer, with the days on which it opened and closed.
with

unioned as (
    {{ union_sources('issues', [
        'issue_id',
        'customer_id',
        'issue_category',
        'opened_at',
        'resolved_at',
        'row_status',
    ]) }}
),

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

repaired as (

    select
        *,
        case when resolved_at < opened_at then opened_at else resolved_at end as closed_at
    from unioned
    where row_status = 'used'

),

final as (

    select
        repaired.issue_id,
        repaired.source_kind,
        repaired.customer_id,
        repaired.issue_category,
        repaired.opened_at,
        cast(repaired.opened_at as date) as opened_on,
        -- A resolution that is still to come is not known yet.
        case when cast(repaired.closed_at as date) <= score_window.as_of then repaired.closed_at end as closed_at,
        case when cast(repaired.closed_at as date) <= score_window.as_of then cast(repaired.closed_at as date) end
            as closed_on
    from repaired
    cross join score_window

)

select * from final
