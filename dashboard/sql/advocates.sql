-- One row per month and segment: the net promoter score, and who became an advocate.
select
    month,
    segment,
    respondents,
    nps,
    nps_lower,
    nps_upper,
    nps_finding,
    first_measured,
    converted,
    kept,
    lost,
    created_per_100,
    created_per_100_lower,
    created_per_100_upper,
    created_finding
from marts.advocates_monthly
order by segment desc, month
