{# Alerts on scores are spells of days on which a condition holds. Whether it begins or ends to hold on a day depends on that
   day's score, that of the day before, and those of some days before either: so a day is judged from four days of scores. #}

{# The days on which everybody is judged: new ones, and where a backfill put days before the scored ones, those that were
   first until then and could not be compared with anything. #}
{% macro days_to_judge() -%}
    (
        select score_date
        from {{ ref('new_days') }}

        union distinct

        select scoring_days.score_date
        from {{ ref('scoring_days') }} as scoring_days
        cross join {{ ref('stg_control__score_window') }} as score_window
        where
            score_window.first_scored_on < score_window.built_first_scored_on
            and scoring_days.score_date between score_window.built_first_scored_on
            and score_window.built_first_scored_on + {{ days_compared() }}
    )
{%- endmacro %}

{# How far back scores are compared, at the most. #}
{% macro days_compared() -%}
    (select coalesce(max(days), 1) from {{ ref('alert_settings') }} where alert = 'score_fall')
{%- endmacro %}

{# Touched customers with days that were judged before, and the first day that judging them again reads. #}
{% macro customers_to_judge(least, most) -%}
    (
        select
            customer_id,
            changed_from,
            changed_from - {{ days_compared() }} - 1 as read_from
        from {{ customers_late_by([least, 1] | max, most) }} as late_customers
    )
{%- endmacro %}

{# The scores that the CTE `days` names: read by every user for itself, as daily_points is far too large to be collected. Of
   touched customers they are few, and collected in the CTE late_scores. #}
{% macro scores_on(days, scope) -%}
    {%- if scope == 'late' -%}
    late_scores
    {%- else -%}
    (
        select daily_points.*
        from {{ ref('daily_points') }} as daily_points
        inner join {{ days }} as days_to_read
            on daily_points.score_date = days_to_read.score_date
    )
    {%- endif -%}
{%- endmacro %}

{# Spells: those that are derived take the place of stored ones that began on the same day; what began on a day that was judged
   anew, and does so no longer, is gone. #}
{% macro get_incremental_spells_sql(arguments) %}
    {%- set target, source = arguments['target_relation'], arguments['temp_relation'] -%}
    delete from {{ target }} as kept
    using {{ source }} as derived
    where
        kept.customer_key = derived.customer_key
        and kept.alert = derived.alert
        and kept.began_on = derived.began_on;
    delete from {{ target }} where began_on in {{ days_to_judge() }};
    delete from {{ target }} as kept
    using {{ ref('touched_customers') }} as touched_customers
    where
        kept.customer_key = touched_customers.customer_key
        and kept.began_on >= touched_customers.changed_from;
    {{ insert_rows(arguments) }}
{% endmacro %}

{# The factors of which most points were lost, as they stand in a sentence; nothing where none was. #}
{% macro losses_in_words() -%}
    case
        when leading_change < 0
            then
                '; lost most in ' || leading_factor || ' (' || cast(leading_change as string) || ')'
                || case
                    when second_change < 0
                        then ' and ' || second_factor || ' (' || cast(second_change as string) || ')'
                    else ''
                end
        else ''
    end
{%- endmacro %}

{# The largest fall of a factor's points, where a condition holds, else nothing; apart_from: an expression that names a
   factor to pass over. #}
{% macro least_change(condition, apart_from=none) -%}
    least(
        {%- for factor in factor_names() %}
        case
            when {{ condition }}{{ ' and ' ~ apart_from ~ " <> '" ~ factor ~ "'" if apart_from }} then {{ factor }}_change
            else 0
        end {{- ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
