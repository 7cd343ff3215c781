-- contacts: one row per customer, local day and matter: what six messages about one leak are. Commendations are a
-- matter of their own.
{{ catches_up() }}
{{ config(meta={'day': '{}.contact_on'}) }}
with

inbound as (

    select interactions.*
    from {{ ref('interactions') }} as interactions
    {{ only_touched('interactions', 'interactions.occurred_at') }}
    where interactions.direction = 'inbound'

),

contact_problems as (

    select contact_problems.*
    from {{ ref('contact_problems') }} as contact_problems
    {{ only_touched('contact_problems', 'contact_problems.contact_on') }}

),

quiet_setting as (

    select value as quiet_days
    from {{ ref('rule_settings') }}
    where setting = 'quiet_days'

),

-- The messages of a contact have their customer, day and issue in common.
matters as (

    select
        contact_id,
        customer_id,
        issue_id,
        case when issue_id is not null then {{ hashed(['customer_id', 'issue_id']) }} end as issue_key,
        count(*) as messages,
        {{ largest_rise('signed_tone') }} as pleasant,
        {{ largest_fall('signed_tone') }} as unpleasant,
        {{ largest_rise('resident_effect') }} as resident_gain,
        {{ largest_fall('resident_effect') }} as resident_cost,
        {{ largest_rise('prospect_effect') }} as prospect_gain,
        {{ largest_fall('prospect_effect') }} as prospect_cost,
        is_commendation,
        min(occurred_at) as occurred_at,
        occurred_on as contact_on
    from inbound
    group by contact_id, customer_id, issue_id, is_commendation, occurred_on

),

-- A commendation is no earlier contact either: else thanking us early would make a later question a repeat.
about_issues as (

    select
        {{ hashed(['interactions.customer_id', 'interactions.issue_id']) }} as issue_key,
        interactions.customer_id,
        interactions.occurred_on as contact_on
    from {{ ref('interactions') }} as interactions
    {{ only_touched('interactions', 'interactions.occurred_at') }}
    where
        interactions.direction = 'inbound'
        and interactions.issue_id is not null
        and not interactions.is_commendation

),
{% if is_incremental() %}
posted_issues as (

    select distinct
        about_issues.issue_key,
        touched_customers.changed_from
    from about_issues
    {{ only_touched('about_issues') }}

),

earlier_contacts as (

    select
        earlier.issue_key,
        earlier.contact_on
    from {{ this }} as earlier
    inner join posted_issues
        on
            earlier.issue_key = posted_issues.issue_key
            and earlier.contact_on < posted_issues.changed_from
    where not earlier.is_commendation

),
{% endif %}
first_about_issues as (

    select
        issue_key,
        min(contact_on) as first_contact_on
    from (
        select
            issue_key,
            contact_on
        from about_issues
        {%- if is_incremental() %}

        union all

        select * from earlier_contacts
        {%- endif %}
    ) as all_about_issues
    group by issue_key

),

repeated_problems as (

    select distinct contact_problems.contact_id
    from contact_problems
    cross join quiet_setting
    where
        contact_problems.issue_category is not null
        and {{ days_between('contact_problems.previous_contact_on', 'contact_problems.contact_on') }}
        <= quiet_setting.quiet_days

),

final as (

    select
        matters.contact_id,
        matters.customer_id,
        {{ hashed(['matters.customer_id']) }} as customer_key,
        matters.issue_id,
        matters.issue_key,
        matters.messages,
        matters.pleasant,
        matters.unpleasant,
        matters.resident_gain,
        matters.resident_cost,
        matters.prospect_gain,
        matters.prospect_cost,
        matters.is_commendation,
        repeated_problems.contact_id is not null
        or (not matters.is_commendation and coalesce(matters.contact_on > first_about_issues.first_contact_on, false))
            as is_repeat,
        matters.occurred_at,
        matters.contact_on
    from matters
    left join first_about_issues
        on matters.issue_key = first_about_issues.issue_key
    left join repeated_problems
        on matters.contact_id = repeated_problems.contact_id
    {{ clustered_by('contact_on') }}

)

select * from final
