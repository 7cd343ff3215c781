-- what_if_segments: one row per segment: how far the candidate rules move its scores on the compared day, and whether
-- the ranks stay.
with

changes as (

    -- The rows of the analysis of that name, which the runner keeps in a temporary table.
    select * from what_if_changes

),

ranked as (

    select
        *,
        {{ midrank('current_score') }} as current_midrank,
        {{ midrank('candidate_score') }} as candidate_midrank
    from changes

),

final as (

    select
        segment,
        count(score_change) as customers,
        count(case when current_score is null then 1 end) as only_candidate,
        count(case when candidate_score is null then 1 end) as only_current,
        count(case when score_change <> 0 then 1 end) as moved,
        count(case when score_change is not null and candidate_band <> current_band then 1 end) as crossed_bands,
        avg(current_score) as current_mean,
        avg(candidate_score) as candidate_mean,
        min(score_change) as largest_fall,
        percentile_cont(0.05) within group (order by score_change) as fifth_percentile,
        percentile_cont(0.25) within group (order by score_change) as lower_quartile,
        percentile_cont(0.50) within group (order by score_change) as median,
        percentile_cont(0.75) within group (order by score_change) as upper_quartile,
        percentile_cont(0.95) within group (order by score_change) as ninety_fifth_percentile,
        max(score_change) as largest_rise,
        -- Spearman's: the correlation of midranks.
        corr(
            case when score_change is not null then current_midrank end,
            case when score_change is not null then candidate_midrank end
        ) as rank_correlation
    from ranked
    group by segment

)

select * from final
