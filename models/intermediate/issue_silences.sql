-- issue_silences: one row per issue and time in which it was open and nobody was in contact about it.
{{ catches_up() }}
{{ config(meta={'by': 'customer_key', 'day': "coalesce({}.silent_before, date '9999-12-31')"}) }}
with

-- What was closed before the earliest change is as it was.
issues as (

    select
        issues.issue_id,
        issues.customer_id,
        issues.customer_key,
        {{ hashed(['issues.customer_id', 'issues.issue_id']) }} as issue_key,
        issues.opened_on,
        issues.closed_on
    from {{ ref('issues') }} as issues
    {{ only_touched('issues', "coalesce(issues.closed_on, date '9999-12-31')", on='customer_key') }}
    -- Never open at the end of a day.
    where coalesce(issues.closed_on > issues.opened_on, true)

),

contacts as (
    {{ touched_rows(ref('contacts'), 'contact_on', on='customer_key') }}
),

openings as (

    select issues.*
    from issues
    {{ only_touched('issues', 'issues.opened_on', on='customer_key') }}

),

starts as (

    select
        issue_id,
        opened_on as silent_from
    from openings

    union distinct

    -- A contact before an issue opened says nothing of it, and one on the day on which it closed changes nothing.
    select
        issues.issue_id,
        contacts.contact_on as silent_from
    from contacts
    inner join issues
        on
            contacts.issue_key = issues.issue_key
            and contacts.contact_on > issues.opened_on
            and contacts.contact_on < coalesce(issues.closed_on, contacts.contact_on + 1)
    {%- if is_incremental() %}

    union distinct

    -- The silence that had begun before the earliest change.
    select
        earlier.issue_id,
        earlier.silent_from
    from {{ this }} as earlier
    inner join {{ ref('touched_customers') }} as touched_customers
        on
            earlier.customer_key = touched_customers.customer_key
            and earlier.silent_from < touched_customers.changed_from
            and coalesce(earlier.silent_before, date '9999-12-31') >= touched_customers.changed_from
    {%- endif %}

),

final as (

    select
        issues.issue_id,
        issues.customer_id,
        issues.customer_key,
        starts.silent_from,
        coalesce(
            lead(starts.silent_from) over (
                partition by starts.issue_id
                order by starts.silent_from
            ),
            issues.closed_on
        ) as silent_before
    from starts
    inner join issues
        on starts.issue_id = issues.issue_id
    {{ clustered_by('silent_before nulls last, customer_key') }}

)

select * from final
