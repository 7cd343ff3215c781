-- factor_variety: one row per contact with the first problem of its day in a category: what that adds to "how many
-- different things went wrong". A later problem in the same category takes the place of the earlier one.
with

problems as (

    select * from {{ ref('contact_problems') }}

),

settings as (

    select * from {{ ref('factor_settings') }}
    where factor = 'variety'

),

-- Of a day's contacts about a category the first one posts.
ranked as (

    select
        *,
        row_number() over (
            partition by customer_id, issue_category, contact_on
            order by occurred_at, contact_id
        ) as contact_number
    from problems

),

with_previous as (

    select
        *,
        lag(contact_on) over (
            partition by customer_id, issue_category
            order by contact_on
        ) as previous_contact_on
    from ranked
    where contact_number = 1

),

entries as (

    select
        with_previous.customer_id,
        with_previous.contact_on as effective_on,
        'contact' as event_kind,
        with_previous.contact_id as event_id,
        min(with_previous.occurred_at) as occurred_at,
        'variety' as factor,
        'variety_categories' as balance,
        sum(
            {{ grown('with_previous.contact_on', 'settings.half_life_days') }}
            - coalesce({{ grown('with_previous.previous_contact_on', 'settings.half_life_days') }}, 0)
        ) as amount
    from with_previous
    cross join settings
    group by with_previous.customer_id, with_previous.contact_on, with_previous.contact_id

)

select * from entries
