-- journey_cases: one row per outcome that came or did not: a score of the relationship survey, or a decision that went
-- one way or the other.
with

relationship_responses as (

    select * from {{ ref('relationship_responses') }}

),

outcomes as (

    select * from {{ ref('outcomes') }}

),

outcome_directions as (

    select * from {{ ref('outcome_directions') }}

),

{{ segment_spells() }},

-- A decision is a case of its own outcome and of the one that it was taken against.
decisions as (

    select
        outcome_directions.outcome,
        outcomes.source_kind,
        outcomes.outcome_id as case_id,
        outcomes.customer_id,
        outcomes.outcome = outcome_directions.outcome as is_event,
        outcomes.occurred_at as happened_at
    from outcome_directions
    inner join outcomes
        on outcomes.outcome in (outcome_directions.outcome, outcome_directions.versus)
    where outcome_directions.versus <> 'others'

),

unioned as (

    select
        'advocacy' as outcome,
        source_kind,
        response_id as case_id,
        customer_id,
        property_id,
        segment,
        is_promoter as is_event,
        responded_at as happened_at
    from relationship_responses
    where is_promoter is not null

    union all

    select
        decisions.outcome,
        decisions.source_kind,
        decisions.case_id,
        decisions.customer_id,
        segment_spells.property_id,
        coalesce(segment_spells.segment, 'resident') as segment,
        decisions.is_event,
        decisions.happened_at
    from decisions
    left join segment_spells
        on
            decisions.customer_id = segment_spells.customer_id
            and cast(decisions.happened_at as date) >= segment_spells.valid_from
            and cast(decisions.happened_at as date) < segment_spells.valid_before

),

final as (

    select
        outcome,
        source_kind || ':' || case_id as case_id,
        customer_id,
        property_id,
        segment,
        is_event,
        happened_at,
        cast(happened_at as date) as happened_on
    from unioned

)

select * from final
