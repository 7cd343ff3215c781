-- stg_servicenow__interactions: one row per opening and per reopening of an incident. The caller speaks twice: when
-- something is broken, and when it is again; everything between is the desk's own work.
with

updates as (

    select * from {{ ref('stg_servicenow__incident_updates') }}
    where row_status = 'used'

),

channels as (

    select * from {{ ref('servicenow_channels') }}

),

tones as (

    select * from {{ ref('servicenow_tones') }}

),

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

with_previous as (

    select
        *,
        max(reopen_count) over (
            partition by incident_id
            order by update_number
            rows between unbounded preceding and 1 preceding
        ) as reopen_count_before
    from updates

),

events as (

    select
        *,
        'opening' as event,
        incident_id as interaction_id,
        opened_at as occurred_at
    from with_previous
    where update_number = 1

    union all

    select
        *,
        'reopening' as event,
        incident_id || '#' || reopen_count as interaction_id,
        updated_at as occurred_at
    from with_previous
    where reopen_count > coalesce(reopen_count_before, 0)

),

final as (

    select
        events.interaction_id,
        events.caller_id as customer_id,
        events.incident_id as issue_id,
        coalesce(channels.channel, 'other') as channel,
        'inbound' as direction,
        events.event as touchpoint,
        events.category as issue_category,
        tones.nature,
        cast(null as string) as body,
        cast(tones.sentiment as double) as sentiment,
        events.occurred_at,
        {{ no_text_readings() }},
        case when cast(events.occurred_at as date) > score_window.as_of then 'waiting' else 'used' end as row_status
    from events
    cross join score_window
    left join channels
        on events.contact_type = channels.contact_type
    left join tones
        on
            events.event = tones.event
            and events.impact = tones.impact

)

select * from final
