{# The journey score: a scorecard's log-odds of cases (docs/journey-score.md). #}

{# CTEs that end in `journey_scores`: per case its log-odds, probability, mean rating, how many touchpoints it rated, and
   which of them helps and which costs most.
   Reads the CTEs `cases` (outcome, case_id, segment) and `answers` (case_id, touchpoint, answer: one per touchpoint; with
   `answers_by_outcome` also outcome, where one case_id has other answers for another outcome).
   All start from the log-odds of somebody who has answered nothing, so that only answers cost time; of pairs, only those
   that are both answered. Sums are of decimals: exact, in whatever order. #}
{% macro journey_scores(answers_by_outcome=false) -%}
level_weights as (

    select * from {{ ref('journey_level_weights') }}

),

pair_weights as (

    select * from {{ ref('journey_pair_weights') }}

),

pair_terms as (

    select distinct
        term_no,
        second_term_no
    from pair_weights

),

trainings as (

    select * from {{ ref('journey_trainings') }}

),

baseline_parts as (

    select
        outcome,
        log_odds
    from {{ ref('journey_scorecard') }}
    where
        term = 'intercept'
        or (level = 'no answer' and (second_term is null or second_level = 'no answer'))

),

baselines as (

    select
        outcome,
        sum(log_odds) as log_odds
    from baseline_parts
    group by outcome

),

numbered_cases as (

    select
        outcome,
        case_id,
        segment,
        row_number() over (order by outcome, case_id) as case_no
    from cases

),

weighted_answers as (

    select
        numbered_cases.outcome,
        numbered_cases.case_no,
        level_weights.term_places,
        level_weights.term_no,
        level_weights.level_no,
        level_weights.rating_share,
        level_weights.points_place,
        level_weights.log_odds
    from answers
    inner join numbered_cases
        on
            answers.case_id = numbered_cases.case_id
            {%- if answers_by_outcome %}
            and answers.outcome = numbered_cases.outcome
            {%- endif %}
    inner join level_weights
        on
            numbered_cases.outcome = level_weights.outcome
            and answers.touchpoint = level_weights.term
            and answers.answer = level_weights.level

),

case_ratings as (

    select
        outcome,
        case_no,
        sum(log_odds) as log_odds,
        cast(sum(rating_share) as double) / nullif(count(rating_share), 0) as mean_rating,
        count(rating_share) as touchpoints_rated,
        max(points_place) as best_place,
        min(points_place) as worst_place
    from weighted_answers
    group by outcome, case_no

),

mean_bands as (

    select
        case_ratings.outcome,
        case_ratings.case_no,
        level_weights.term_places,
        level_weights.term_no,
        level_weights.level_no,
        level_weights.log_odds
    from case_ratings
    inner join level_weights
        on
            case_ratings.outcome = level_weights.outcome
            and level_weights.term = 'mean_rating'
            and level_weights.level <> 'no answer'
            and (level_weights.level_from is null or case_ratings.mean_rating >= level_weights.level_from)
            and (level_weights.level_below is null or case_ratings.mean_rating < level_weights.level_below)
    where case_ratings.mean_rating is not null

),

segments as (

    select
        numbered_cases.outcome,
        numbered_cases.case_no,
        level_weights.term_places,
        level_weights.term_no,
        level_weights.level_no,
        level_weights.log_odds
    from numbered_cases
    inner join level_weights
        on
            numbered_cases.outcome = level_weights.outcome
            and numbered_cases.segment = level_weights.level
    where level_weights.term = 'segment'

),

-- One number for case and term: a join on two columns takes three times as long.
known_levels as (
    {%- for levels in ['weighted_answers', 'mean_bands', 'segments'] %}

    select
        case_no,
        term_no,
        level_no,
        term_places,
        case_no * term_places + term_no as case_term
    from {{ levels }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

known_pairs as (

    select
        known_levels.case_no,
        known_levels.level_no,
        known_levels.case_no * known_levels.term_places + pair_terms.second_term_no as second_case_term
    from known_levels
    inner join pair_terms
        on known_levels.term_no = pair_terms.term_no

),

paired as (

    select
        known_pairs.case_no,
        sum(pair_weights.log_odds) as log_odds
    from known_pairs
    {#- Left joins, so that engines keep this order: every level beside all others of its pairs would be many rows. #}
    left join known_levels
        on known_pairs.second_case_term = known_levels.case_term
    left join pair_weights
        on
            known_pairs.level_no = pair_weights.level_no
            and known_levels.level_no = pair_weights.second_level_no
    group by known_pairs.case_no

),

summed as (

    select
        numbered_cases.outcome,
        numbered_cases.case_id,
        cast(
            baselines.log_odds
            + coalesce(case_ratings.log_odds, 0)
            + coalesce(mean_bands.log_odds, 0)
            + coalesce(segments.log_odds, 0)
            + coalesce(paired.log_odds, 0)
            as double
        ) as log_odds,
        case_ratings.mean_rating,
        coalesce(case_ratings.touchpoints_rated, 0) as touchpoints_rated,
        case_ratings.best_place,
        case_ratings.worst_place
    from numbered_cases
    inner join baselines
        on numbered_cases.outcome = baselines.outcome
    left join case_ratings
        on numbered_cases.case_no = case_ratings.case_no
    left join mean_bands
        on numbered_cases.case_no = mean_bands.case_no
    left join segments
        on numbered_cases.case_no = segments.case_no
    left join paired
        on numbered_cases.case_no = paired.case_no

),

journey_scores as (

    select
        summed.outcome,
        summed.case_id,
        case when best.points > 0 then best.term end as helps_most,
        case when worst.points < 0 then worst.term end as costs_most,
        summed.touchpoints_rated,
        summed.mean_rating,
        summed.log_odds,
        {{ logistic('summed.log_odds') }} as probability,
        trainings.scorecard_version
    from summed
    inner join trainings
        on summed.outcome = trainings.outcome
    left join level_weights as best
        on summed.best_place = best.points_place
    left join level_weights as worst
        on summed.worst_place = worst.points_place

)
{%- endmacro %}

{# A probability from log-odds, without overflow on either side. #}
{% macro logistic(log_odds) -%}
    case
        when {{ log_odds }} >= 0 then 1 / (1 + exp(-{{ log_odds }}))
        else exp({{ log_odds }}) / (1 + exp({{ log_odds }}))
    end
{%- endmacro %}

{# What a prediction costs: minus the logarithm of the probability of what came. #}
{% macro log_loss(log_odds, is_event) -%}
    (
        greatest(case when {{ is_event }} then -({{ log_odds }}) else {{ log_odds }} end, 0)
        + ln(1 + exp(-abs({{ log_odds }})))
    )
{%- endmacro %}

{# CTEs that end in `calibration`: per group the intercept of a logistic regression of the outcome on the log-odds with
   slope one (0: as often as said), and the slope of one with both free (1: as sure as it may be; below, too sure).
   By Newton's steps, a fixed number of them, which double the right digits each; null where they have not come to rest,
   as where the log-odds separate the cases. Reads the CTE `observations`: the group's columns, log_odds, is_event. #}
{% macro calibration(group_columns, steps=12) -%}
{%- set listed = group_columns | join(', ') -%}
{%- set at_rest = '0.000001' -%}
cells as (

    select
        {{ listed }},
        log_odds,
        count(*) as cases,
        count(case when is_event then 1 end) as events
    from observations
    group by {{ listed }}, log_odds

),

step_0 as (

    select distinct
        {{ listed }},
        cast(0 as double) as shift,
        cast(0 as double) as intercept,
        cast(1 as double) as slope,
        cast(null as double) as shift_weight,
        cast(null as double) as slope_variance,
        cast(null as double) as moved
    from cells

),
{% for step in range(1, steps + 1) %}
sums_{{ step }} as (

    select
        {% for column in group_columns -%} cells.{{ column }},
        {% endfor -%}
        before.shift,
        before.intercept,
        before.slope,
        sum(cells.events - cells.cases * {{ logistic('(before.shift + cells.log_odds)') }}) as shift_gradient,
        sum(cells.cases * {{ logistic_variance('(before.shift + cells.log_odds)') }}) as shift_weight,
        sum(cells.events - cells.cases * {{ logistic('(before.intercept + before.slope * cells.log_odds)') }})
            as gradient_0,
        sum(
            cells.log_odds
            * (cells.events - cells.cases * {{ logistic('(before.intercept + before.slope * cells.log_odds)') }})
        ) as gradient_1,
        sum(cells.cases * {{ logistic_variance('(before.intercept + before.slope * cells.log_odds)') }}) as weight_00,
        sum(
            cells.log_odds * cells.cases
            * {{ logistic_variance('(before.intercept + before.slope * cells.log_odds)') }}
        ) as weight_01,
        sum(
            cells.log_odds * cells.log_odds * cells.cases
            * {{ logistic_variance('(before.intercept + before.slope * cells.log_odds)') }}
        ) as weight_11
    from cells
    inner join step_{{ step - 1 }} as before
        on
            {% for column in group_columns -%}
            {{ 'and ' if not loop.first }}cells.{{ column }} = before.{{ column }}
            {% endfor %}
    group by
        {% for column in group_columns -%} cells.{{ column }},
        {% endfor -%}
        before.shift,
        before.intercept,
        before.slope

),

step_{{ step }} as (

    select
        {{ listed }},
        shift + shift_gradient / nullif(shift_weight, 0) as shift,
        intercept
        + (weight_11 * gradient_0 - weight_01 * gradient_1) / nullif(weight_00 * weight_11 - weight_01 * weight_01, 0)
            as intercept,
        slope
        + (weight_00 * gradient_1 - weight_01 * gradient_0) / nullif(weight_00 * weight_11 - weight_01 * weight_01, 0)
            as slope,
        shift_weight,
        weight_00 / nullif(weight_00 * weight_11 - weight_01 * weight_01, 0) as slope_variance,
        abs((weight_00 * gradient_1 - weight_01 * gradient_0) / nullif(weight_00 * weight_11 - weight_01 * weight_01, 0))
            as moved
    from sums_{{ step }}

),
{% endfor %}
calibration as (

    select
        {{ listed }},
        shift as calibration_intercept,
        1 / sqrt(nullif(shift_weight, 0)) as calibration_intercept_standard_error,
        case when moved < {{ at_rest }} then slope end as calibration_slope,
        case when moved < {{ at_rest }} and slope_variance > 0 then sqrt(slope_variance) end
            as calibration_slope_standard_error
    from step_{{ steps }}

)
{%- endmacro %}

{% macro logistic_variance(log_odds) -%}
    exp(-abs({{ log_odds }})) / power(1 + exp(-abs({{ log_odds }})), 2)
{%- endmacro %}
