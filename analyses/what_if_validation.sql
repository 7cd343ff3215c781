-- what_if_validation: one row per outcome, comparison, segment and horizon: how well the score tells it beforehand by
-- the rules in force and by the candidate rules, on the same customers and landmark days.
with

validation_cases as (

    select * from {{ ref('validation_cases') }}

),

current_landmarks as (

    select * from current_rules.landmarks

),

settings as (

    select
        max(case when setting = 'interval_z' then value end) as interval_z,
        max(case when setting = 'validation_events' then value end) as least_events
    from {{ ref('rule_settings') }}

),

observations as (

    select
        validation_cases.outcome,
        validation_cases.versus,
        validation_cases.segment,
        validation_cases.horizon_days,
        validation_cases.is_event,
        case when validation_cases.is_desired then 1 else -1 end * cast(100 * validation_cases.score as integer)
            as predicted_by,
        case when validation_cases.is_desired then 1 else -1 end * cast(100 * current_landmarks.score as integer)
            as reference_value
    from validation_cases
    inner join current_landmarks
        on
            validation_cases.horizon_days = current_landmarks.horizon_days
            and validation_cases.customer_id = current_landmarks.customer_id
            and validation_cases.landmark_on = current_landmarks.landmark_on
    where validation_cases.is_desired is not null

),

{{ delong(['outcome', 'versus', 'segment', 'horizon_days']) }},

with_intervals as (

    select
        delong.*,
        least(delong.positives, delong.n - delong.positives) < settings.least_events as is_too_little,
        delong.difference - settings.interval_z * delong.difference_standard_error as difference_lower,
        delong.difference + settings.interval_z * delong.difference_standard_error as difference_upper
    from delong
    cross join settings

),

final as (

    select
        outcome,
        versus,
        segment,
        horizon_days,
        n,
        positives,
        auc - difference as current_auc,
        auc as candidate_auc,
        difference,
        difference_standard_error,
        difference_lower,
        difference_upper,
        case
            when is_too_little then 'too little data'
            else {{ verdict_of('difference_lower', 'difference_upper', '0', 'better', 'worse', 'no clear difference') }}
        end as verdict
    from with_intervals

)

select * from final
