-- Whoever answered is one of three, and every advocate was first measured, converted or kept.
{{ config(tags=['whole_history']) }}
select
    month,
    segment
from {{ ref('advocates_monthly') }}
where
    respondents <> promoters + passives + detractors
    or promoters <> first_measured + converted + kept
    or asked_before < converted + kept + lost
    or asked_before > respondents
    or nps not between -100 and 100
    -- A single answer may lie outside: the interval adds three to it.
    or (nps_finding = 'measured' and nps not between nps_lower and nps_upper)
    or (respondents = 0) <> (nps_lower is null)
    or (respondents = 0) <> (nps_upper is null)
    or created_per_100 not between created_per_100_lower and created_per_100_upper
