-- stg_zendesk__field_changes: one row per raw row of the field history, read and judged.
with

raw_changes as (

    select * from {{ raw_table('zendesk', 'ticket_field_history') }}
    {{ not_yet_read() }}

),

states as (

    select * from {{ ref('zendesk_states') }}

),

ratings as (

    select * from {{ ref('zendesk_ratings') }}

),

read as (

    select
        {{ clean_text('ticket_id') }} as ticket_id,
        lower({{ clean_text('field_name') }}) as field_name,
        lower({{ clean_text('value') }}) as field_value,
        {{ in_utc(clean_text('updated')) }} as changed_at_text,
        {{ zendesk_copy_columns('_fivetran_synced') }},
        {{ lineage_columns('raw_changes') }}
    from raw_changes

),

typed as (

    select
        *,
        {{ local_timestamp('changed_at_text') }} as changed_at,
        {{ utc_timestamp('updated_at_text') }} as updated_at,
        {{ flag('deleted_text') }} as is_deleted
    from read

),

judged as (

    select
        typed.*,
        states.is_resolved,
        ratings.rating,
        case
            when typed.ticket_id is null or typed.field_name is null then 'missing_key'
            when typed.changed_at is null then 'unreadable_timestamp'
            {{ reasons_of_a_copy() }}
            when typed.field_name = 'status' and states.status is null then 'unknown_state'
            when
                typed.field_name = 'satisfaction_score' and typed.field_value is not null and ratings.score is null
                then 'rating_out_of_range'
        end as reason
    from typed
    left join states
        on
            typed.field_name = 'status'
            and typed.field_value = states.status
    left join ratings
        on
            typed.field_name = 'satisfaction_score'
            and typed.field_value = ratings.score

),

judged_rows as (

    select
        ticket_id,
        field_name,
        rating,
        is_resolved,
        changed_at,
        {{ judged_columns(
            "concat_ws(', ', ticket_id, field_name, cast(changed_at as string))",
            dated_on='changed_at',
        ) }}
    from judged

),

{{ settled(
    columns=[
        'ticket_id',
        'field_name',
        'rating',
        'is_resolved',
        'changed_at',
    ],
    key=['ticket_id', 'field_name', 'changed_at'],
) }}

select * from settled
