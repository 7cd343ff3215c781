-- stg_zendesk__messages: one row per raw row of tickets and of comments, read and judged; a ticket is its first message.
-- What a text says is read where it may be a customer's.
with

raw_tickets as (

    select * from {{ raw_table('zendesk', 'ticket') }}
    {{ not_yet_read() }}

),

raw_comments as (

    select * from {{ raw_table('zendesk', 'ticket_comment') }}
    {{ not_yet_read() }}

),

states as (

    select * from {{ ref('zendesk_states') }}

),

read as (

    select
        {{ clean_text('id') }} as ticket_id,
        cast(null as string) as comment_id,
        {{ clean_text('requester_id') }} as author_id,
        {{ clean_text('organization_id') }} as organization_id,
        lower({{ clean_text('status') }}) as status,
        lower({{ clean_text('via_channel') }}) as via_channel,
        {{ masked('description') }} as description,
        cast(null as string) as body,
        true as is_ticket,
        true as is_public,
        {{ in_utc(clean_text('created_at')) }} as created_at_text,
        {{ zendesk_copy_columns('updated_at') }},
        {{ whole_row('raw_tickets') }} as raw_ticket,
        null as raw_comment,
        _load_id,
        _loaded_at,
        _file,
        _row
    from raw_tickets

    union all

    select
        {{ clean_text('ticket_id') }} as ticket_id,
        {{ clean_text('id') }} as comment_id,
        {{ clean_text('user_id') }} as author_id,
        cast(null as string) as organization_id,
        cast(null as string) as status,
        cast(null as string) as via_channel,
        cast(null as string) as description,
        {{ masked('body') }} as body,
        false as is_ticket,
        coalesce({{ flag(clean_text('public')) }}, true) as is_public,
        {{ in_utc(clean_text('created')) }} as created_at_text,
        {{ zendesk_copy_columns('_fivetran_synced') }},
        null as raw_ticket,
        {{ whole_row('raw_comments') }} as raw_comment,
        _load_id,
        _loaded_at,
        _file,
        _row
    from raw_comments

),

typed as (

    select
        *,
        {{ local_timestamp('created_at_text') }} as created_at,
        {{ utc_timestamp('updated_at_text') }} as updated_at,
        -- A deleted ticket stays in the account for a month.
        coalesce({{ flag('deleted_text') }}, status = 'deleted') as is_deleted
    from read

),

judged as (

    select
        typed.*,
        states.is_resolved,
        case
            when typed.ticket_id is null or (typed.comment_id is null and not typed.is_ticket) then 'missing_key'
            {{ reasons_of_a_copy() }}
            when typed.author_id is null then 'missing_customer'
            when typed.created_at is null then 'unreadable_timestamp'
            when typed.is_ticket and states.status is null then 'unknown_state'
        end as reason
    from typed
    left join states
        on typed.status = states.status

),

checked_rows as (

    select
        ticket_id,
        comment_id,
        author_id,
        organization_id,
        via_channel,
        'inbound' as direction,
        cast(null as string) as nature,
        cast(null as string) as issue_category,
        coalesce(description, body) as body,
        cast(null as double) as sentiment,
        is_public,
        is_resolved,
        created_at,
        {{ judged_columns(
            'coalesce(comment_id, ticket_id)',
            dated_on='created_at',
            texts=['description', 'body'],
            raw_rows=['raw_ticket', 'raw_comment'],
        ) }}
    from judged

),

{{ read_texts('checked_rows', 'judged_rows') }},

{{ settled(
    columns=[
        'ticket_id',
        'comment_id',
        'author_id',
        'organization_id',
        'via_channel',
        'body',
        'is_public',
        'is_resolved',
        'created_at',
    ] + text_reading_columns(),
    key=['ticket_id', 'comment_id'],
) }}

select * from settled
