-- factor_variety: one row per contact and category with the first problem of its day in the category: what that adds to
-- "how many different things went wrong". A later problem in the same category takes the place of the earlier one.
with

entries as (

    select
        problems.customer_id,
        problems.customer_key,
        problems.contact_on as effective_on,
        'contact' as event_kind,
        problems.contact_id as event_id,
        problems.occurred_at,
        'variety' as factor,
        'variety_categories' as balance,
        problems.issue_category,
        {{ grown('problems.contact_on', 'settings.half_life_days') }}
        - coalesce({{ grown('problems.previous_contact_on', 'settings.half_life_days') }}, 0) as amount
    from {{ ref('contact_problems') }} as problems
    cross join {{ settings_of('variety') }} as settings
    where problems.is_first_of_day

)

select * from entries
