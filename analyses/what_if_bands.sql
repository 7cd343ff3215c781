-- what_if_bands: one row per segment and pair of bands, by the rules in force and by the candidate ones, on the
-- compared day: how many customers cross from one to the other.
with

changes as (

    -- The rows of the analysis of that name, which the runner keeps in a temporary table.
    select * from what_if_changes

),

final as (

    select
        segment,
        current_band,
        candidate_band,
        count(*) as customers,
        min(current_score) as lowest_current_score,
        min(candidate_score) as lowest_candidate_score
    from changes
    where score_change is not null
    group by segment, current_band, candidate_band

)

select * from final
