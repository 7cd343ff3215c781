-- An AUC is a probability, an interval lies around what it is the interval of, and who had the outcome is among those
-- who are compared.
{{ config(tags=['whole_history']) }}
select
    outcome,
    versus,
    segment,
    predictor,
    horizon_days,
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
from {{ ref('score_validation') }}
where
    auc not between 0 and 1
    or auc not between auc_lower and auc_upper
    or difference not between difference_lower and difference_upper
    or positives not between 0 and n
    or (auc is null) <> (positives = 0 or positives = n or is_desired is null)
    or (verdict is null) <> (predictor = 'score')
