-- touched_customers: one row per customer of whom the sources say something else than when the last build finished,
-- with the earliest day that changed: from then on everything of theirs is derived again.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

changes as (
    {{ union_changes() }}
),

earliest as (

    select
        changes.customer_id,
        -- What matters for no day, such as a name, matters for none up to as-of.
        min(coalesce(changes.changed_on, score_window.as_of + 1)) as changed_from,
        max(score_window.built_first_scored_on) as built_first_scored_on,
        max(score_window.built_as_of) as built_as_of
    from changes
    cross join score_window
    where changes.customer_id is not null
    group by changes.customer_id

),

final as (

    select
        customer_id,
        {{ hashed(['customer_id']) }} as customer_key,
        cast(greatest(coalesce(
            {{ days_between('greatest(changed_from, built_first_scored_on)', 'built_as_of') }} + 1, 0
        ), 0) as integer)
            as scored_days,
        changed_from
    from earliest

)

select * from final
