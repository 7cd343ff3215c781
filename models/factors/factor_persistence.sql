-- factor_persistence: one row per event and balance: do problems stay? An open issue weighs 1 - 2^(-age / half-life):
-- it posts 1, which does not decay, and takes back a unit that does; its resolution posts the reverse. A repeat contact
-- posts a unit.
with

contacts as (

    select * from {{ ref('contacts') }}

),

contact_problems as (

    select * from {{ ref('contact_problems') }}

),

issues as (

    select * from {{ ref('issues') }}

),

settings as (

    select * from {{ ref('factor_settings') }}
    where factor = 'persistence'

),

quiet_setting as (

    select value as quiet_days
    from {{ ref('rule_settings') }}
    where setting = 'quiet_days'

),

-- A commendation is no earlier contact either: else thanking us early would make a later question a repeat.
contacts_about_issues as (

    select
        contact_id,
        lag(contact_on) over (
            partition by customer_id, issue_id
            order by contact_on
        ) as previous_contact_on
    from contacts
    where
        issue_id is not null
        and not is_commendation

),

category_days as (

    select distinct
        customer_id,
        issue_category,
        contact_on
    from contact_problems
    where issue_category is not null

),

category_days_with_previous as (

    select
        *,
        lag(contact_on) over (
            partition by customer_id, issue_category
            order by contact_on
        ) as previous_contact_on
    from category_days

),

repeats as (

    select contact_id
    from contacts_about_issues
    where previous_contact_on is not null

    union distinct

    select contact_problems.contact_id
    from contact_problems
    inner join category_days_with_previous
        on
            contact_problems.customer_id = category_days_with_previous.customer_id
            and contact_problems.issue_category = category_days_with_previous.issue_category
            and contact_problems.contact_on = category_days_with_previous.contact_on
    cross join quiet_setting
    where
        contact_problems.contact_on - category_days_with_previous.previous_contact_on <= quiet_setting.quiet_days

),

issue_events as (

    select
        customer_id,
        issue_id,
        'opening' as event_kind,
        1 as direction,
        opened_on,
        opened_at as occurred_at,
        opened_on as effective_on
    from issues

    union all

    select
        customer_id,
        issue_id,
        'resolution' as event_kind,
        -1 as direction,
        opened_on,
        closed_at as occurred_at,
        closed_on as effective_on
    from issues
    where closed_on is not null

),

entries as (

    select
        contacts.customer_id,
        contacts.contact_on as effective_on,
        'contact' as event_kind,
        contacts.contact_id as event_id,
        contacts.occurred_at,
        'persistence' as factor,
        'persistence_decaying' as balance,
        {{ grown('contacts.contact_on', 'settings.half_life_days') }} as amount
    from contacts
    inner join repeats
        on contacts.contact_id = repeats.contact_id
    cross join settings

    union all

    select
        issue_events.customer_id,
        issue_events.effective_on,
        issue_events.event_kind,
        issue_events.issue_id as event_id,
        issue_events.occurred_at,
        'persistence' as factor,
        'persistence_decaying' as balance,
        -issue_events.direction * {{ grown('issue_events.opened_on', 'settings.half_life_days') }} as amount
    from issue_events
    cross join settings

    union all

    select
        issue_events.customer_id,
        issue_events.effective_on,
        issue_events.event_kind,
        issue_events.issue_id as event_id,
        issue_events.occurred_at,
        'persistence' as factor,
        'persistence_open_issues' as balance,
        issue_events.direction as amount
    from issue_events

)

select * from entries
