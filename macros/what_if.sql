{# What `rapport.py what-if` compares. A warehouse of the candidate rules has the schema `current_rules`: the scores of one
   day and those of landmark days, as the rules in force made them (scripts/runner/what_if.py writes it). #}

{# CTEs that end in `changes`: one row per customer who is scored on the compared day, by either rules. #}
{% macro changes_of_scores() -%}
current_scores as (

    select * from current_rules.scores

),

candidate_scores as (

    select candidate.*
    from {{ ref('customer_scores_daily') }} as candidate
    inner join (select max(score_date) as score_date from current_scores) as compared_day
        on candidate.score_date = compared_day.score_date

),

changes as (

    select
        coalesce(candidate_scores.customer_id, current_scores.customer_id) as customer_id,
        coalesce(candidate_scores.segment, current_scores.segment) as segment,
        coalesce(candidate_scores.property_id, current_scores.property_id) as property_id,
        current_scores.band as current_band,
        candidate_scores.band as candidate_band,
        current_scores.score as current_score,
        candidate_scores.score as candidate_score,
        candidate_scores.score - current_scores.score as score_change,
        current_scores.portfolio_rank as current_rank,
        candidate_scores.portfolio_rank as candidate_rank
    from candidate_scores
    full join current_scores
        on
            candidate_scores.customer_id = current_scores.customer_id
            and candidate_scores.segment = current_scores.segment

)
{%- endmacro %}

{# A midrank within the segment, of those who are scored by both rules: those who tie share their mean rank. #}
{% macro midrank(score) -%}
    rank() over (partition by segment, score_change is null order by {{ score }})
    + (count(*) over (partition by segment, score_change is null, {{ score }}) - 1) / 2.0
{%- endmacro %}
