-- score_validation: one row per outcome, comparison, segment, horizon and predictor: how well it tells beforehand who
-- will have the outcome, and whether it does so better than the score.
with

validation_cases as (

    select * from {{ ref('validation_cases') }}

),

validation_predictors as (

    select * from {{ ref('validation_predictors') }}

),

settings as (

    select
        max(case when setting = 'interval_z' then value end) as interval_z,
        max(case when setting = 'validation_events' then value end) as least_events
    from {{ ref('rule_settings') }}

),

-- Turned so that more of it should go with the outcome, and in hundredths, as whole numbers.
observations as (

    select
        validation_cases.outcome,
        validation_cases.versus,
        validation_cases.segment,
        validation_cases.horizon_days,
        validation_predictors.predictor,
        validation_cases.is_desired,
        validation_cases.is_event,
        case when validation_cases.is_desired = validation_predictors.higher_is_better then 1 else -1 end
        * cast(
            100 * case validation_predictors.predictor
                {%- for predictor in predictor_names() %}
                when '{{ predictor }}' then validation_cases.{{ predictor }}
                {%- endfor %}
            end as integer
        ) as predicted_by,
        case when validation_cases.is_desired then 1 else -1 end * cast(100 * validation_cases.score as integer)
            as reference_value
    from validation_cases
    inner join validation_predictors
        on validation_cases.segment = validation_predictors.segment
    where validation_cases.is_desired is not null

),

{{ delong(['outcome', 'versus', 'segment', 'horizon_days', 'predictor', 'is_desired']) }},

estimated as (

    select
        outcome,
        versus,
        segment,
        horizon_days,
        predictor,
        is_desired,
        n,
        positives,
        auc,
        standard_error,
        case when predictor <> 'score' then difference end as difference,
        case when predictor <> 'score' then difference_standard_error end as difference_standard_error
    from delong

    union all

    -- Nobody says which direction would be right.
    select
        outcome,
        versus,
        segment,
        horizon_days,
        'score' as predictor,
        is_desired,
        count(*) as n,
        count(case when is_event then 1 end) as positives,
        null as auc,
        null as standard_error,
        null as difference,
        null as difference_standard_error
    from validation_cases
    where is_desired is null
    group by outcome, versus, segment, horizon_days, is_desired

),

with_intervals as (

    select
        estimated.*,
        least(estimated.positives, estimated.n - estimated.positives) < settings.least_events as is_too_little,
        case
            when estimated.standard_error is not null
                then greatest(estimated.auc - settings.interval_z * estimated.standard_error, 0)
        end as auc_lower,
        case
            when estimated.standard_error is not null
                then least(estimated.auc + settings.interval_z * estimated.standard_error, 1)
        end as auc_upper,
        estimated.difference - settings.interval_z * estimated.difference_standard_error as difference_lower,
        estimated.difference + settings.interval_z * estimated.difference_standard_error as difference_upper
    from estimated
    cross join settings

),

final as (

    select
        outcome,
        versus,
        segment,
        predictor,
        cast(horizon_days as integer) as horizon_days,
        cast(n as bigint) as n,
        cast(positives as bigint) as positives,
        cast(auc as double) as auc,
        cast(standard_error as double) as standard_error,
        cast(auc_lower as double) as auc_lower,
        cast(auc_upper as double) as auc_upper,
        case
            when is_desired is null then 'direction not known'
            when is_too_little then 'too little data'
            else {{ verdict_of('auc_lower', 'auc_upper', '0.5', 'as it should', 'the wrong way', 'unclear') }}
        end as finding,
        cast(difference as double) as difference,
        cast(difference_standard_error as double) as difference_standard_error,
        cast(difference_lower as double) as difference_lower,
        cast(difference_upper as double) as difference_upper,
        case
            when predictor = 'score' then null
            when is_too_little then 'too little data'
            else {{ verdict_of('difference_lower', 'difference_upper', '0', 'better', 'worse', 'no clear difference') }}
        end as verdict,
        is_desired
    from with_intervals

)

select * from final
