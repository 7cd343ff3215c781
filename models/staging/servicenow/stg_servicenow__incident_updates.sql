-- stg_servicenow__incident_updates: one row per raw row of the event log, read and judged; its used rows are an
-- incident's updates in their order.
with

raw_updates as (

    select * from {{ raw_table('servicenow', 'incident_event_log') }}
    {{ not_yet_read() }}

),

states as (

    select * from {{ ref('servicenow_states') }}

),

typed as (

    select
        {{ known('number') }} as incident_id,
        {{ known('caller_id') }} as caller_id,
        {{ known('location') }} as location,
        {{ known('incident_state') }} as incident_state,
        {{ known('contact_type') }} as contact_type,
        {{ known('category') }} as category,
        {{ known('impact') }} as impact,
        try_cast({{ known('sys_mod_count') }} as integer) as modification_count,
        try_cast({{ known('reopen_count') }} as integer) as reopen_count,
        {{ day_month_year_timestamp(known('opened_at')) }} as opened_at,
        {{ day_month_year_timestamp(known('sys_updated_at')) }} as updated_at,
        false as is_deleted,
        {{ lineage_columns('raw_updates') }}
    from raw_updates

),

judged as (

    select
        typed.*,
        states.is_resolved,
        case
            when typed.incident_id is null or typed.modification_count is null then 'missing_key'
            when typed.updated_at is null or typed.opened_at is null then 'unreadable_timestamp'
            when typed.caller_id is null then 'missing_customer'
            when states.incident_state is null then 'unknown_state'
            when typed.reopen_count is null then 'unreadable_number'
        end as reason
    from typed
    left join states
        on typed.incident_state = states.incident_state

),

judged_rows as (

    select
        incident_id,
        modification_count,
        caller_id,
        location,
        contact_type,
        category,
        impact,
        reopen_count,
        is_resolved,
        opened_at,
        {{ judged_columns(
            "concat_ws(', ', incident_id, cast(modification_count as string))",
            dated_on='updated_at',
        ) }}
    from judged

),

{{ settled(
    columns=[
        'incident_id',
        'modification_count',
        'caller_id',
        'location',
        'contact_type',
        'category',
        'impact',
        'reopen_count',
        'is_resolved',
        'opened_at',
    ],
    key=['incident_id', 'modification_count'],
    settled_with=['incident_id'],
) }},

final as (

    select
        *,
        case
            when row_status = 'used'
                then row_number() over (
                    partition by incident_id, row_status
                    order by updated_at, modification_count
                )
        end as update_number
    from settled

)

select * from final
