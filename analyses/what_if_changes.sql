-- what_if_changes: one row per customer who is scored on the compared day, by the rules in force, by the candidate
-- rules, or by both: where they stand and how far they move. The schema current_rules has what the rules in force made;
-- scripts/runner/what_if.py writes it.
with

current_scores as (

    select * from current_rules.scores

),

compared_day as (

    select max(score_date) as score_date from current_scores

),

candidate_scores as (

    select candidate.*
    from {{ ref('customer_scores_daily') }} as candidate
    inner join compared_day
        on candidate.score_date = compared_day.score_date

),

changes as (

    select
        coalesce(candidate_scores.customer_id, current_scores.customer_id) as customer_id,
        coalesce(candidate_scores.segment, current_scores.segment) as segment,
        coalesce(candidate_scores.property_id, current_scores.property_id) as property_id,
        current_scores.band as current_band,
        candidate_scores.band as candidate_band,
        current_scores.score as current_score,
        candidate_scores.score as candidate_score,
        candidate_scores.score - current_scores.score as score_change,
        current_scores.portfolio_rank as current_rank,
        candidate_scores.portfolio_rank as candidate_rank
    from candidate_scores
    full join current_scores
        on
            candidate_scores.customer_id = current_scores.customer_id
            and candidate_scores.segment = current_scores.segment

),

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
