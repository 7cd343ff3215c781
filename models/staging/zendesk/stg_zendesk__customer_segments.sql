-- stg_zendesk__customer_segments: one row per customer: whoever the account knows, or whoever asked for a ticket, is a
-- resident from then on, of their organisation.
with

users as (

    select * from {{ ref('stg_zendesk__users') }}
    where row_status = 'used'

),

tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}
    where row_status = 'used'

),

known as (

    select
        user_id as customer_id,
        organization_id,
        created_on as known_on,
        cast(null as string) as ticket_id
    from users
    where not is_staff

    union all

    select
        customer_id,
        organization_id,
        cast(created_at as date) as known_on,
        ticket_id
    from tickets
    where not is_of_staff

),

-- The organisation is that of the user, else that of the last ticket that names one.
latest as (

    select
        *,
        {{ last_known('organization_id') }} over (
            partition by customer_id
            order by known_on nulls first, ticket_id nulls first
            rows between unbounded preceding and unbounded following
        ) as latest_organization_id
    from known

),

final as (

    select
        customer_id,
        max(latest_organization_id) as property_id,
        'resident' as segment,
        min(known_on) as started_on,
        cast(null as date) as ended_on,
        'used' as row_status
    from latest
    group by customer_id
    having min(known_on) is not null

)

select * from final
