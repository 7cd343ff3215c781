-- Shares sum to 1, an adjusted score lies between the property's mean and the portfolio's, and ranks are those of the
-- adjusted scores: as many are ranked better as a rank says, ties share one, and no better score is ranked worse.
{{ config(tags=['whole_history']) }}
with

scores as (

    select
        *,
        count(*) over (partition by score_date, segment) as properties,
        count(*) over (
            partition by score_date, segment
            order by property_rank
            range between unbounded preceding and 1 preceding
        ) as ranked_better,
        lag(property_rank) over (
            partition by score_date, segment
            order by adjusted_score desc, property_id asc
        ) as rank_above,
        lag(adjusted_score) over (
            partition by score_date, segment
            order by adjusted_score desc, property_id asc
        ) as score_above
    from {{ ref('property_scores_daily') }}

)

select
    score_date,
    segment,
    property_id,
    customers,
    mean_score,
    adjusted_score,
    portfolio_mean,
    own_weight,
    lower_quartile,
    median_score,
    upper_quartile,
    property_rank,
    rank_above,
    properties_ranked,
    percent_rank,
    other_share
from scores
where
    not coalesce(
        abs(at_risk_share + strained_share + steady_share + content_share + delighted_share + other_share - 1) < 1e-9
        and least(at_risk_share, strained_share, steady_share, content_share, delighted_share, other_share) >= 0
        and own_weight between 0 and 1
        -- Each of the three is rounded by itself.
        and adjusted_score >= least(mean_score, portfolio_mean) - 0.0001
        and adjusted_score <= greatest(mean_score, portfolio_mean) + 0.0001
        and lower_quartile <= median_score
        and median_score <= upper_quartile
        and percent_rank between 0 and 1
        and properties_ranked = properties
        and property_rank = ranked_better + 1
        and (adjusted_score = score_above) is not distinct from (property_rank = rank_above)
        and coalesce(property_rank >= rank_above, true),
        false
    )
