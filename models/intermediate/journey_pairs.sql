-- journey_pairs: one row per outcome and levels of a pair of terms, seen from either term.
with

scorecard as (

    select * from {{ ref('journey_scorecard') }}
    where second_term is not null

),

final as (

    select
        outcome,
        term,
        level,
        second_term,
        second_level,
        log_odds,
        true as is_first
    from scorecard

    union all

    select
        outcome,
        second_term,
        second_level,
        term,
        level,
        log_odds,
        false as is_first
    from scorecard

)

select * from final
