-- stg_zendesk__survey_responses: one row per ticket that was rated: the last rating that the customer gave it.
with

ratings as (

    select * from {{ ref('stg_zendesk__field_changes') }}
    where
        rating is not null
        and row_status = 'used'

),

tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}
    where row_status = 'used'

),

numbered as (

    select
        ratings.ticket_id,
        tickets.customer_id,
        ratings.rating,
        ratings.changed_at,
        row_number() over (
            partition by ratings.ticket_id
            order by ratings.changed_at desc
        ) as number_from_last
    from ratings
    inner join tickets
        on ratings.ticket_id = tickets.ticket_id

),

final as (

    select
        ticket_id as response_id,
        customer_id,
        'touchpoint' as survey,
        'support' as touchpoint,
        'csat' as measure,
        cast(rating as double) as score,
        changed_at as responded_at,
        'used' as row_status
    from numbered
    where number_from_last = 1

)

select * from final
