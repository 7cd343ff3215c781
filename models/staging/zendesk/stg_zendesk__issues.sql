-- stg_zendesk__issues: one row per ticket and time that it was open. A reopened ticket is open again from its reopening
-- on: that it would be was not known before.
with

tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}
    where row_status in ('used', 'waiting')

),

status_changes as (

    select * from {{ ref('stg_zendesk__field_changes') }}
    where
        field_name = 'status'
        and row_status = 'used'

),

-- A ticket is open from the beginning. Of one without a history only how it stands is known, and since when it does.
states as (

    select
        ticket_id,
        false as is_resolved,
        created_at as changed_at,
        0 as state_order
    from tickets

    union all

    select
        ticket_id,
        is_resolved,
        changed_at,
        1 as state_order
    from status_changes

    union all

    select
        ticket_id,
        is_resolved,
        cast({{ local_timestamp("cast(updated_at as string) || 'Z'") }} as timestamp) as changed_at,
        1 as state_order
    from tickets
    where
        updated_at is not null
        and ticket_id not in (select status_changes.ticket_id from status_changes)

),

with_previous as (

    select
        *,
        lag(is_resolved) over (
            partition by ticket_id
            order by changed_at, state_order
        ) as was_resolved
    from states

),

numbered as (

    select
        *,
        1 + sum(case when was_resolved and not is_resolved then 1 else 0 end) over (
            partition by ticket_id
            order by changed_at, state_order
            rows unbounded preceding
        ) as opening_number
    from with_previous

),

openings as (

    select
        ticket_id,
        opening_number,
        min(changed_at) as opened_at,
        min(case when is_resolved then changed_at end) as resolved_at
    from numbered
    group by ticket_id, opening_number

),

final as (

    select
        case
            when openings.opening_number = 1 then openings.ticket_id
            else openings.ticket_id || '/' || openings.opening_number
        end as issue_id,
        tickets.customer_id,
        cast(null as string) as issue_category,
        openings.opened_at,
        openings.resolved_at,
        tickets.row_status
    from openings
    inner join tickets
        on openings.ticket_id = tickets.ticket_id

)

select * from final
