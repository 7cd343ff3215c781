-- contact_problems: one row per contact and issue category (null is one) in which it holds a problem.
with

problems as (

    select * from {{ ref('interactions') }}
    where
        direction = 'inbound'
        and is_problem

),

contact_problems as (

    select
        contact_id,
        customer_id,
        issue_category,
        min(occurred_at) as occurred_at,
        occurred_on as contact_on
    from problems
    group by contact_id, customer_id, issue_category, occurred_on

)

select * from contact_problems
