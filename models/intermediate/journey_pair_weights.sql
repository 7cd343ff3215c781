-- journey_pair_weights: one row per outcome and levels of a pair of terms, both answered: what the two add together,
-- beyond what each adds by itself.
with

journey_pairs as (

    select * from {{ ref('journey_pairs') }}
    where is_first

),

level_weights as (

    select * from {{ ref('journey_level_weights') }}

),

first_silent as (

    select * from journey_pairs
    where level = 'no answer'

),

second_silent as (

    select * from journey_pairs
    where second_level = 'no answer'

),

both_silent as (

    select * from first_silent
    where second_level = 'no answer'

),

final as (

    select
        journey_pairs.outcome,
        first_levels.term_no,
        first_levels.level_no,
        second_levels.term_no as second_term_no,
        second_levels.level_no as second_level_no,
        journey_pairs.log_odds
        - coalesce(first_silent.log_odds, 0)
        - coalesce(second_silent.log_odds, 0)
        + coalesce(both_silent.log_odds, 0) as log_odds
    from journey_pairs
    inner join level_weights as first_levels
        on
            journey_pairs.outcome = first_levels.outcome
            and journey_pairs.term = first_levels.term
            and journey_pairs.level = first_levels.level
    inner join level_weights as second_levels
        on
            journey_pairs.outcome = second_levels.outcome
            and journey_pairs.second_term = second_levels.term
            and journey_pairs.second_level = second_levels.level
    left join first_silent
        on
            journey_pairs.outcome = first_silent.outcome
            and journey_pairs.term = first_silent.term
            and journey_pairs.second_term = first_silent.second_term
            and journey_pairs.second_level = first_silent.second_level
    left join second_silent
        on
            journey_pairs.outcome = second_silent.outcome
            and journey_pairs.term = second_silent.term
            and journey_pairs.level = second_silent.level
            and journey_pairs.second_term = second_silent.second_term
    left join both_silent
        on
            journey_pairs.outcome = both_silent.outcome
            and journey_pairs.term = both_silent.term
            and journey_pairs.second_term = both_silent.second_term
    where
        journey_pairs.level <> 'no answer'
        and journey_pairs.second_level <> 'no answer'

)

select * from final
