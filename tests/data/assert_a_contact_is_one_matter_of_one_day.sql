-- Its id is a hash: two matters that shared one would be one contact, and one matter with two ids would be two.
{{ config(tags=['whole_history']) }}
with

matters as (

    select distinct
        contact_id,
        customer_id,
        occurred_on,
        is_commendation,
        issue_id,
        case when issue_id is null then issue_category end as issue_category,
        case when coalesce(issue_id, issue_category) is null then nature end as nature
    from {{ ref('interactions') }}
    where direction = 'inbound'

),

counted as (

    select
        *,
        count(*) over (partition by contact_id) as matters_of_the_contact,
        count(*) over (
            partition by customer_id, occurred_on, is_commendation, issue_id, issue_category, nature
        ) as contacts_of_the_matter
    from matters

)

select * from counted
where
    contact_id is null
    or matters_of_the_contact > 1
    or contacts_of_the_matter > 1
