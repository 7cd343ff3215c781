-- journey_level_weights: one row per outcome, term and level: what an answer adds to the log-odds of somebody who has
-- answered nothing.
with

scorecard as (

    select * from {{ ref('journey_scorecard') }}

),

singles as (

    select * from scorecard
    where
        second_term is null
        and term <> 'intercept'

),

silent_levels as (

    select
        outcome,
        term,
        log_odds
    from singles
    where level = 'no answer'

),

-- What a level adds to its pairs while nothing is known of the others.
beside_silence as (

    select
        outcome,
        term,
        level,
        sum(log_odds) as log_odds
    from {{ ref('journey_pairs') }}
    where second_level = 'no answer'
    group by outcome, term, level

),

shifted as (

    select
        singles.outcome,
        singles.term,
        singles.level,
        singles.level_from,
        singles.level_below,
        singles.rating_share,
        singles.log_odds as points,
        -- As narrow as the scorecard's: where sums of sums are too wide, engines give up decimals.
        cast(
            singles.log_odds
            - coalesce(silent_levels.log_odds, 0)
            + coalesce(beside_silence.log_odds, 0)
            - coalesce(silent_pairs.log_odds, 0)
            as decimal(18, 12)
        ) as log_odds,
        dense_rank() over (order by singles.outcome, singles.term) as term_no
    from singles
    left join silent_levels
        on
            singles.outcome = silent_levels.outcome
            and singles.term = silent_levels.term
    left join beside_silence
        on
            singles.outcome = beside_silence.outcome
            and singles.term = beside_silence.term
            and singles.level = beside_silence.level
    left join beside_silence as silent_pairs
        on
            singles.outcome = silent_pairs.outcome
            and singles.term = silent_pairs.term
            and silent_pairs.level = 'no answer'

),

final as (

    select
        outcome,
        term,
        level,
        level_from,
        level_below,
        rating_share,
        points,
        log_odds,
        term_no,
        max(term_no) over () + 1 as term_places,
        row_number() over (order by outcome, term, level) as level_no,
        -- Of ratings alone: a place by which one of them can be found again.
        case
            when rating_share is not null
                then row_number() over (order by points, outcome, term, level)
        end as points_place
    from shifted

)

select * from final
