-- contact_problems: one row per contact and issue category (null is one) in which it holds a problem, with the day of
-- the customer's problem before it in that category.
{{ catches_up() }}
{{ config(meta={'day': '{}.contact_on'}) }}
with

problems as (

    select interactions.*
    from {{ ref('interactions') }} as interactions
    {{ only_touched('interactions', 'interactions.occurred_at') }}
    where
        interactions.direction = 'inbound'
        and interactions.is_problem

),

contact_categories as (

    select
        contact_id,
        customer_id,
        {{ hashed(['customer_id', 'issue_category']) }} as category_key,
        issue_category,
        min(occurred_at) as occurred_at,
        occurred_on as contact_on
    from problems
    group by contact_id, customer_id, issue_category, occurred_on

),
{% if is_incremental() %}
posted_categories as (

    select distinct
        contact_categories.category_key,
        touched_customers.changed_from
    from contact_categories
    {{ only_touched('contact_categories') }}

),
{% endif %}
days as (

    select distinct
        category_key,
        contact_on
    from contact_categories
    {%- if is_incremental() %}

    union all

    select
        earlier.category_key,
        max(earlier.contact_on) as contact_on
    from {{ this }} as earlier
    inner join posted_categories
        on
            earlier.category_key = posted_categories.category_key
            and earlier.contact_on < posted_categories.changed_from
    group by earlier.category_key
    {%- endif %}

),

days_with_previous as (

    select
        *,
        lag(contact_on) over (
            partition by category_key
            order by contact_on
        ) as previous_contact_on
    from days

),

-- Of a day's contacts about a category the first one posts to variety.
numbered as (

    select
        *,
        row_number() over (
            partition by category_key, contact_on
            order by occurred_at, contact_id
        ) as contact_number
    from contact_categories

),

final as (

    select
        numbered.contact_id,
        numbered.customer_id,
        {{ hashed(['numbered.customer_id']) }} as customer_key,
        numbered.category_key,
        numbered.issue_category,
        numbered.contact_number = 1 as is_first_of_day,
        numbered.occurred_at,
        numbered.contact_on,
        days_with_previous.previous_contact_on
    from numbered
    inner join days_with_previous
        on
            numbered.category_key = days_with_previous.category_key
            and numbered.contact_on = days_with_previous.contact_on
    {{ clustered_by('contact_on') }}

)

select * from final
