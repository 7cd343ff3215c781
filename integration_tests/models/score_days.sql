-- score_days: one row: the days to score, up to the last one that has landed as a whole.
select
    date '2026-03-01' as first_scored_on,
    date '{{ env_var("HOUSING_LANDED_UNTIL", "2026-03-20") }}' - 1 as as_of
