-- issues: one row per issue of its row's customer, with the days on which it opened and closed.
{{ catches_up() }}
{{ config(meta={'by': 'customer_key', 'day': "coalesce({}.closed_on, date '9999-12-31')"}) }}
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

closed as (

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

),

-- What was closed before the earliest change is as it was.
final as (

    select
        closed.issue_id,
        closed.source_kind,
        closed.customer_id,
        {{ hashed(['closed.customer_id']) }} as customer_key,
        closed.issue_category,
        closed.opened_at,
        closed.opened_on,
        closed.closed_at,
        closed.closed_on
    from closed
    {{ only_touched('closed', "coalesce(closed.closed_on, date '9999-12-31')") }}
    {{ clustered_by('opened_on') }}

)

select * from final
