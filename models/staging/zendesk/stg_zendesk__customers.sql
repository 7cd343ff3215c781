-- stg_zendesk__customers: one row per raw row of a user who is none of the desk's own people.
with

users as (

    select * from {{ ref('stg_zendesk__users') }}
    where not is_staff

),

final as (

    select
        user_id as customer_id,
        user_name as customer_name,
        email,
        row_status
    from users

)

select * from final
