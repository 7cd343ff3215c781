-- first_time_fixes: one row per issue that closed so long ago that it is known whether it stayed fixed.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

settings as (

    select cast(value as integer) as fixed_days
    from {{ ref('rule_settings') }}
    where setting = 'fixed_days'

),

issues as (

    select * from {{ ref('issues') }}

),

contacts as (

    select * from {{ ref('contacts') }}

),

{{ segment_spells() }},

known as (

    select
        issues.issue_id,
        issues.source_kind,
        issues.customer_id,
        issues.issue_category,
        issues.closed_on,
        issues.closed_on + settings.fixed_days as known_on
    from issues
    cross join settings
    cross join score_window
    where issues.closed_on + settings.fixed_days <= score_window.as_of

),

problems as (

    select
        contact_problems.customer_id,
        contacts.issue_id,
        contact_problems.issue_category,
        contact_problems.contact_on as happened_on
    from {{ ref('contact_problems') }} as contact_problems
    inner join contacts
        on contact_problems.contact_id = contacts.contact_id

    union all

    select
        customer_id,
        issue_id,
        issue_category,
        opened_on as happened_on
    from issues

),

-- What is said on the day of the fix may have been said before it.
came_back as (

    select distinct
        known.source_kind,
        known.issue_id
    from known
    inner join problems
        on
            known.customer_id = problems.customer_id
            and known.closed_on < problems.happened_on
            and known.known_on >= problems.happened_on
            and (known.issue_category = problems.issue_category or known.issue_id = problems.issue_id)

),

final as (

    select
        known.issue_id,
        known.source_kind,
        known.customer_id,
        segment_spells.property_id,
        coalesce(segment_spells.segment, 'resident') as segment,
        came_back.issue_id is null as is_fixed,
        known.known_on
    from known
    left join came_back
        on
            known.source_kind = came_back.source_kind
            and known.issue_id = came_back.issue_id
    left join segment_spells
        on
            known.customer_id = segment_spells.customer_id
            and known.known_on >= segment_spells.valid_from
            and known.known_on < segment_spells.valid_before

)

select * from final
