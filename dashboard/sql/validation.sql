-- One row per outcome, comparison, segment, horizon and predictor: how well it told the outcome beforehand.
select
    outcome,
    versus,
    segment,
    horizon_days,
    predictor,
    n,
    positives,
    auc,
    auc_lower,
    auc_upper,
    finding,
    difference,
    difference_lower,
    difference_upper,
    verdict
from marts.score_validation
order by outcome, versus, segment desc, horizon_days, predictor <> 'score', predictor
