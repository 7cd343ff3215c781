-- stg_zendesk__changes: one row per customer of whom a row of a ticket, its comments, its history or of a user says
-- something else than when the last build finished. A row about a ticket can matter for all of its days, and who wrote
-- for all of their tickets: from the beginning of time.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

messages as (

    select * from {{ ref('stg_zendesk__messages') }}
    where reason is null

),

moved as (
    {%- for model, ticket, author in [
        ('stg_zendesk__messages', 'ticket_id', 'author_id'),
        ('stg_zendesk__field_changes', 'ticket_id', 'null'),
        ('stg_zendesk__users', 'null', 'user_id'),
    ] %}
    select
        cast({{ 'rows_read.' ~ ticket if ticket != 'null' else 'null' }} as string) as ticket_id,
        cast({{ 'rows_read.' ~ author if author != 'null' else 'null' }} as string) as user_id
    from {{ ref(model) }} as rows_read
    inner join score_window
        on
            rows_read._load_id > coalesce(score_window.built_load_id, 0)
            or rows_read.superseded_by_load_id > score_window.built_load_id
            -- What has waited for its day.
            or (rows_read.dated_on > score_window.built_as_of and rows_read.dated_on <= score_window.as_of)
            -- A ticket without a history stands since then as it does; the day is UTC's, so one to either side.
            or cast(rows_read.updated_at as date) between score_window.built_as_of and score_window.as_of + 1
    where rows_read.reason is null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Of a ticket: everybody in it. Of a user: everybody in the tickets that they wrote in.
touched_tickets as (

    select ticket_id from moved
    where ticket_id is not null

    union distinct

    select messages.ticket_id
    from messages
    inner join moved
        on
            messages.author_id = moved.user_id
            and moved.ticket_id is null

),

touched as (

    select messages.author_id as customer_id
    from messages
    inner join touched_tickets
        on messages.ticket_id = touched_tickets.ticket_id

    union distinct

    select user_id as customer_id
    from moved
    where user_id is not null

),

changes as (

    select
        customer_id,
        date '0001-01-01' as changed_on
    from touched

)

select * from changes
