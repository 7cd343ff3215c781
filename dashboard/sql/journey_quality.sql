-- One row per outcome, split and model: how well it foretold.
select
    outcome,
    split,
    model,
    n,
    positives,
    auc,
    auc_lower,
    auc_upper,
    log_loss,
    brier_skill,
    calibration_slope,
    trained_until,
    is_better_than_mean,
    is_stale
from marts.journey_quality
order by outcome, split, model <> 'scorecard', model
