-- stg_zendesk__interactions: one row per ticket and public comment: what customers wrote, and what the desk answered.
with

messages as (

    select * from {{ ref('stg_zendesk__messages') }}
    where
        row_status in ('used', 'waiting')
        and is_public

),

tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}
    where row_status in ('used', 'waiting')

),

users as (

    select * from {{ ref('stg_zendesk__users') }}
    where row_status = 'used'

),

channels as (

    select * from {{ ref('zendesk_channels') }}

),

-- The first comment of a ticket repeats its description.
told as (

    select
        messages.*,
        tickets.customer_id as requester_id,
        tickets.via_channel as ticket_channel,
        case
            when messages.author_id = tickets.customer_id then 'inbound'
            -- Whom nobody knows is taken for the desk: its words are shown and never scored.
            when users.user_id is null or users.is_staff then 'outbound'
            else 'inbound'
        end as direction
    from messages
    inner join tickets
        on messages.ticket_id = tickets.ticket_id
    left join users
        on messages.author_id = users.user_id
    where
        messages.comment_id is null
        or (
            messages.created_at > tickets.created_at
            and messages.body is distinct from tickets.body
        )

),

final as (

    select
        case
            when told.comment_id is null then told.ticket_id
            else told.ticket_id || '#' || told.comment_id
        end as interaction_id,
        case when told.direction = 'inbound' then told.author_id else told.requester_id end as customer_id,
        told.ticket_id as issue_id,
        coalesce(channels.channel, 'other') as channel,
        told.direction,
        'support' as touchpoint,
        cast(null as string) as issue_category,
        cast(null as string) as nature,
        told.body,
        cast(null as double) as sentiment,
        told.created_at as occurred_at,
        {%- for column in text_reading_columns() %}
        case when told.direction = 'inbound' then told.{{ column }} end as {{ column }},
        {%- endfor %}
        told.row_status
    from told
    left join channels
        on told.ticket_channel = channels.via_channel

)

select * from final
