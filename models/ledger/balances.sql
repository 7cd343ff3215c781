-- balances: one row per customer and day on which their account moved: the running sums of its entries, valid from that
-- day until the next one. An account opens with nothing on the day on which its customer first enters a segment.
{{ catches_up() }}
{{ config(meta={
    'day': "coalesce({}.valid_to, date '9999-12-31')",
    'by': 'customer_key',
}) }}
with

ledger_entries as (
    {{ touched_rows(ref('ledger_entries'), 'effective_on', on='customer_key') }}
),

openings as (

    select
        customer_segments.customer_id,
        min(customer_segments.started_on) as opened_on
    from {{ ref('customer_segments') }} as customer_segments
    {{ only_touched('customer_segments') }}
    group by customer_segments.customer_id

),

openings_to_post as (

    select openings.*
    from openings
    {{ only_touched('openings', 'openings.opened_on') }}

),

daily as (

    select
        customer_id,
        customer_key,
        {%- for balance in balance_names() %}
        sum(case when balance = '{{ balance }}' then amount else 0 end) as {{ balance }},
        {%- endfor %}
        max(case when balance = 'tone_contacts' then effective_on end) as last_contact_on,
        effective_on as valid_from
    from ledger_entries
    group by customer_id, customer_key, effective_on

),

movements as (

    select
        coalesce(daily.customer_id, openings_to_post.customer_id) as customer_id,
        coalesce(daily.customer_key, {{ hashed(['openings_to_post.customer_id']) }}) as customer_key,
        {%- for balance in balance_names() %}
        coalesce(daily.{{ balance }}, 0) as {{ balance }},
        {%- endfor %}
        daily.last_contact_on,
        coalesce(daily.valid_from, openings_to_post.opened_on) as valid_from
    from daily
    full join openings_to_post
        on
            daily.customer_id = openings_to_post.customer_id
            and daily.valid_from = openings_to_post.opened_on
    {%- if is_incremental() %}

    union all

    -- What was there before: the running sums go on from it. Mostly it is valid until now, and found without a look at
    -- history; after a build that was killed it may be found twice.
    select distinct
        earlier.customer_id,
        earlier.customer_key,
        {%- for balance in balance_names() %}
        earlier.{{ balance }},
        {%- endfor %}
        earlier.last_contact_on,
        earlier.valid_from
    from (
        select
            customer_id,
            customer_key,
            {%- for balance in balance_names() %}
            {{ balance }},
            {%- endfor %}
            last_contact_on,
            valid_from,
            valid_to
        from {{ this }}
        where valid_to is not null

        union all

        select
            customer_id,
            customer_key,
            {%- for balance in balance_names() %}
            {{ balance }},
            {%- endfor %}
            last_contact_on,
            valid_from,
            date '9999-12-31' as valid_to
        from {{ stored('current_balances') }}
    ) as earlier
    inner join {{ ref('touched_customers') }} as touched_customers
        on
            earlier.customer_key = touched_customers.customer_key
            and earlier.valid_from < touched_customers.changed_from
            and earlier.valid_to >= touched_customers.changed_from
    {%- endif %}

),

running as (

    select
        customer_id,
        customer_key,
        {%- for balance in balance_names() %}
        sum({{ balance }}) over (
            partition by customer_key
            order by valid_from
            rows unbounded preceding
        ) as {{ balance }},
        {%- endfor %}
        max(last_contact_on) over (
            partition by customer_key
            order by valid_from
            rows unbounded preceding
        ) as last_contact_on,
        valid_from,
        lead(valid_from) over (
            partition by customer_key
            order by valid_from
        ) as valid_to
    from movements

),

final as (

    select * from running
    {{ clustered_by('valid_to nulls last, customer_key') }}

)

select * from final
