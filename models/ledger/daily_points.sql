-- daily_points: one row per score date and customer who is in a segment on it: the five points and their sum.
{{ catches_up([
    'touched_customers',
    'stg_control__score_window',
    'score_count_changes',
    'property_score_changes',
    'score_bands',
]) }}
{{ config(by_score_date('rescored')) }}
with

customer_segments as (

    select * from {{ ref('customer_segments') }}

),

new_days as (

    select * from {{ ref('new_days') }}

),

scoring_days as (

    select
        scoring_days.*,
        new_days.score_date is not null as is_new
    from {{ ref('scoring_days') }} as scoring_days
    left join new_days
        on scoring_days.score_date = new_days.score_date

),

confidence_setting as (

    select value as half_confidence_contacts
    from {{ ref('rule_settings') }}
    where setting = 'confidence_contacts'

),

new_window as (

    select
        min(score_date) as first_day,
        max(score_date) as last_day
    from new_days

),

{% if changes_rows() -%}
changed_customers as (

    select
        touched_customers.customer_key,
        score_window.built_as_of - touched_customers.scored_days + 1 as changed_from,
        score_window.built_as_of + 1 as built_before
    from {{ ref('touched_customers') }} as touched_customers
    cross join {{ ref('stg_control__score_window') }} as score_window
    where touched_customers.scored_days > 0

),

{% endif -%}
-- Everybody's balances on the days that no build has scored.
balances_to_score as (

    select
        current_balances.customer_id,
        {%- for balance in balance_names() %}
        current_balances.{{ balance }},
        {%- endfor %}
        greatest(current_balances.valid_from, new_window.first_day) as valid_from,
        new_window.last_day + 1 as valid_to,
        true as on_new_days
    from {{ ref('current_balances') }} as current_balances
    inner join new_window
        on current_balances.valid_from <= new_window.last_day

    union all

    select
        balances.customer_id,
        {%- for balance in balance_names() %}
        balances.{{ balance }},
        {%- endfor %}
        greatest(balances.valid_from, new_window.first_day) as valid_from,
        least(balances.valid_to, new_window.last_day + 1) as valid_to,
        true as on_new_days
    from {{ ref('balances') }} as balances
    inner join new_window
        on
            balances.valid_to > new_window.first_day
            and balances.valid_from <= new_window.last_day
    {%- if changes_rows() %}

    union all

    -- And those of touched customers on the days that are scored already and have changed.
    select
        current_balances.customer_id,
        {%- for balance in balance_names() %}
        current_balances.{{ balance }},
        {%- endfor %}
        greatest(current_balances.valid_from, changed_customers.changed_from) as valid_from,
        changed_customers.built_before as valid_to,
        false as on_new_days
    from {{ ref('current_balances') }} as current_balances
    inner join changed_customers
        on
            current_balances.customer_key = changed_customers.customer_key
            and current_balances.valid_from < changed_customers.built_before

    union all

    select
        balances.customer_id,
        {%- for balance in balance_names() %}
        balances.{{ balance }},
        {%- endfor %}
        greatest(balances.valid_from, changed_customers.changed_from) as valid_from,
        least(balances.valid_to, changed_customers.built_before) as valid_to,
        false as on_new_days
    from {{ ref('balances') }} as balances
    inner join changed_customers
        on
            balances.customer_key = changed_customers.customer_key
            and balances.valid_to > changed_customers.changed_from
            and balances.valid_from < changed_customers.built_before
    {%- endif %}

),

-- Times in which neither the balances nor the segment change, within the days to score.
spells as (

    select
        customer_segments.segment,
        customer_segments.property_id,
        balances_to_score.*,
        greatest(balances_to_score.valid_from, customer_segments.started_on) as scored_from,
        least(
            balances_to_score.valid_to,
            coalesce(customer_segments.ended_on, balances_to_score.valid_to)
        ) as scored_before
    from balances_to_score
    inner join customer_segments
        on balances_to_score.customer_id = customer_segments.customer_id

),

spell_days as (

    select
        *,
        {{ each_day('scored_from', 'scored_before') }} as score_date
    from spells
    where scored_from < scored_before

),

sub_scores as (

    select
        spell_days.score_date,
        spell_days.customer_id,
        spell_days.segment,
        spell_days.property_id,
        scoring_days.rule_version,
        scoring_days.frequency_weight,
        scoring_days.tone_weight,
        scoring_days.variety_weight,
        scoring_days.persistence_weight,
        scoring_days.recency_weight,
        {%- for factor in factor_names() %}
        {{ sub_score(factor, 'spell_days', 'scoring_days', 'spell_days.segment') }} as {{ factor }},
        {%- endfor %}
        spell_days.tone_contacts * scoring_days.tone_decay as contacts
    from spell_days
    inner join scoring_days
        on
            spell_days.score_date = scoring_days.score_date
            and spell_days.segment = scoring_days.segment
            and spell_days.on_new_days = scoring_days.is_new

),

points as (

    select
        sub_scores.score_date,
        sub_scores.customer_id,
        sub_scores.segment,
        sub_scores.property_id,
        sub_scores.rule_version,
        {{ points('frequency_weight', 'frequency') }} as frequency_points,
        {{ points('tone_weight', 'tone') }} as tone_points,
        {{ points('variety_weight', 'variety') }} as variety_points,
        {{ points('persistence_weight', 'persistence') }} as persistence_points,
        {{ points('recency_weight', 'recency') }} as recency_points,
        {{ rounded('contacts / (contacts + half_confidence_contacts)', 5, 4) }} as confidence
    from sub_scores
    cross join confidence_setting

),

final as (

    select
        score_date,
        customer_id,
        segment,
        property_id,
        rule_version,
        cast(
            frequency_points + tone_points + variety_points + persistence_points + recency_points
            as decimal(5, 2)
        ) as score,
        frequency_points,
        tone_points,
        variety_points,
        persistence_points,
        recency_points,
        confidence
    from points

)

select * from final
