-- stg_zendesk__tickets: one row per ticket: its newest copy, with who asked for it and what the desk knows of them.
with

tickets as (

    select * from {{ ref('stg_zendesk__messages') }}
    where
        comment_id is null
        and row_status in ('used', 'waiting', 'withdrawn')

),

users as (

    select * from {{ ref('stg_zendesk__users') }}
    where row_status = 'used'

),

final as (

    select
        tickets.ticket_id,
        tickets.author_id as customer_id,
        coalesce(users.organization_id, tickets.organization_id) as organization_id,
        tickets.via_channel,
        tickets.body,
        coalesce(users.is_staff, false) as is_of_staff,
        tickets.is_resolved,
        tickets.created_at,
        tickets.updated_at,
        tickets.row_status
    from tickets
    left join users
        on tickets.author_id = users.user_id

)

select * from final
