-- One row per outcome: how likely it is, and what counts for and against it most.
select
    outcome,
    probability,
    helps_most,
    costs_most,
    touchpoints_rated,
    is_better_than_mean,
    scorecard_version
from marts.customer_journey_scores
where customer_id = $customer
order by outcome
