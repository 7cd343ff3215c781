-- what_if_changes: one row per customer who is scored on the compared day, by the rules in force, by the candidate
-- rules, or by both: where they stand and how far they move.
with

{{ changes_of_scores() }},

customers as (

    select * from {{ ref('customers') }}

),

properties as (

    select * from {{ ref('properties') }}

),

final as (

    select
        changes.customer_id,
        customers.customer_name,
        changes.segment,
        coalesce(properties.property_name, changes.property_id) as property_name,
        changes.current_band,
        changes.candidate_band,
        changes.current_score,
        changes.candidate_score,
        changes.score_change,
        changes.current_rank,
        changes.candidate_rank
    from changes
    left join customers
        on changes.customer_id = customers.customer_id
    left join properties
        on changes.property_id = properties.property_id

)

select * from final
