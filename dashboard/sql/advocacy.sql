-- One row per outcome and touchpoint: its place among what makes advocates.
select
    outcome,
    touchpoint,
    core_need,
    importance,
    importance_lower,
    importance_upper,
    want_rank,
    want_rank_lower,
    want_rank_upper,
    lowest_log_odds,
    highest_log_odds,
    trained_until
from marts.advocacy_factors
order by outcome, want_rank, touchpoint
