-- daily_points: one row per score date and customer who is in a segment on it: the five points and their sum.
with

balances as (

    select * from {{ ref('balances') }}

),

customer_segments as (

    select * from {{ ref('customer_segments') }}

),

scoring_days as (

    select * from {{ ref('scoring_days') }}

),

confidence_setting as (

    select value as half_confidence_contacts
    from {{ ref('rule_settings') }}
    where setting = 'confidence_contacts'

),

score_window as (

    select
        min(score_date) as first_scored_on,
        max(score_date) as as_of
    from scoring_days

),

-- Times in which neither the balances nor the segment change, within the days to score.
spells as (

    select
        customer_segments.segment,
        customer_segments.property_id,
        balances.*,
        greatest(
            balances.valid_from,
            customer_segments.started_on,
            score_window.first_scored_on
        ) as scored_from,
        least(
            coalesce(balances.valid_to, score_window.as_of + 1),
            coalesce(customer_segments.ended_on, score_window.as_of + 1),
            score_window.as_of + 1
        ) as scored_before
    from customer_segments
    inner join balances
        on customer_segments.customer_id = balances.customer_id
    cross join score_window
    where score_window.as_of is not null

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
        case
            when spell_days.segment = 'resident'
                then {{ share_of_gain(
                    'spell_days.frequency_resident_gain * scoring_days.frequency_decay',
                    'spell_days.frequency_resident_cost * scoring_days.frequency_decay',
                    'scoring_days.frequency_saturation',
                ) }}
            else {{ share_of_gain(
                'spell_days.frequency_prospect_gain * scoring_days.frequency_decay',
                'spell_days.frequency_prospect_cost * scoring_days.frequency_decay',
                'scoring_days.frequency_saturation',
            ) }}
        end as frequency,
        {{ share_of_gain(
            'spell_days.tone_pleasant * scoring_days.tone_decay',
            'spell_days.tone_unpleasant * scoring_days.tone_decay',
            'scoring_days.tone_saturation',
        ) }} as tone,
        {{ share_of_relief(
            'greatest(spell_days.variety_categories * scoring_days.variety_decay - 1, 0)',
            'scoring_days.variety_saturation',
        ) }} as variety,
        {{ share_of_relief(
            'spell_days.persistence_open_issues + spell_days.persistence_decaying * scoring_days.persistence_decay',
            'scoring_days.persistence_saturation',
        ) }} as persistence,
        {{ share_of_gain(
            'spell_days.recency_pleasant * scoring_days.recency_decay',
            'spell_days.recency_unpleasant * scoring_days.recency_decay',
            'scoring_days.recency_saturation',
        ) }} as recency,
        spell_days.tone_contacts * scoring_days.tone_decay as contacts
    from spell_days
    inner join scoring_days
        on
            spell_days.score_date = scoring_days.score_date
            and spell_days.segment = scoring_days.segment

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
