-- One row per outcome and tenth of the customers, on later outcomes: predicted and observed.
select
    outcome,
    decile,
    n,
    predicted,
    observed,
    observed_lower,
    observed_upper
from marts.journey_calibration
where split = 'later'
order by outcome, decile
