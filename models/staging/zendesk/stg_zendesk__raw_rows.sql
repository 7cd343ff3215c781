-- stg_zendesk__raw_rows: one row per raw row of any table of the account, with its one fate. What was written or done
-- in a ticket shares the fate of the ticket.
with

tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}

),

of_tickets as (

    select
        ticket_id,
        case when comment_id is null then 'zendesk_ticket' else 'zendesk_ticket_comment' end as raw_table,
        comment_id is null as is_ticket,
        {{ judged_row_columns() | join(',\n        ') }}
    from {{ ref('stg_zendesk__messages') }}

    union all

    select
        ticket_id,
        'zendesk_ticket_field_history' as raw_table,
        false as is_ticket,
        {{ judged_row_columns() | join(',\n        ') }}
    from {{ ref('stg_zendesk__field_changes') }}

),

with_tickets as (

    select
        of_tickets.*,
        of_tickets.row_status in ('used', 'waiting') and not of_tickets.is_ticket as has_a_ticket,
        tickets.row_status as ticket_status
    from of_tickets
    left join tickets
        on of_tickets.ticket_id = tickets.ticket_id

),

judged_rows as (

    select
        raw_table,
        record_key,
        dated_on,
        case
            when not has_a_ticket then row_status
            when ticket_status is null then 'rejected'
            when ticket_status = 'withdrawn' then 'withdrawn'
            else row_status
        end as row_status,
        case when has_a_ticket and ticket_status is null then 'unknown_ticket' else reason end as reason,
        repairs,
        original_row,
        _load_id,
        _loaded_at,
        _file,
        _row
    from with_tickets

    union all

    select
        'zendesk_user' as raw_table,
        {{ judged_row_columns() | join(',\n        ') }}
    from {{ ref('stg_zendesk__users') }}

    union all

    select
        'zendesk_organization' as raw_table,
        {{ judged_row_columns() | join(',\n        ') }}
    from {{ ref('stg_zendesk__properties') }}

)

select * from judged_rows
