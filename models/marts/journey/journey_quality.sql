-- journey_quality: one row per outcome, split and model: how well it foretold, on the training's own cases and on later
-- ones, beside the mean rating alone and the base rate.
with

case_scores as (

    select * from {{ ref('journey_case_scores') }}

),

trainings as (

    select * from {{ ref('journey_trainings') }}

),

settings as (

    select
        max(case when setting = 'stale_cases' then value end) as stale_cases,
        max(case when setting = 'stale_intercept' then value end) as stale_intercept,
        max(case when setting = 'stale_slope' then value end) as stale_slope
    from {{ ref('journey_settings') }}

),

intervals as (

    select value as interval_z
    from {{ ref('rule_settings') }}
    where setting = 'interval_z'

),

observations as (
    {%- for model, log_odds in [
        ('scorecard', 'log_odds'),
        ('mean_rating', 'mean_log_odds'),
        ('base_rate', 'base_log_odds'),
    ] %}
    select
        outcome,
        split,
        '{{ model }}' as model, -- noqa: RF04
        customer_id,
        is_event,
        {{ log_odds }} as log_odds,
        {{ log_odds }} as predicted_by,
        mean_log_odds as reference_value,
        {{ logistic(log_odds) }} as probability,
        {{ log_loss(log_odds, 'is_event') }} as loss,
        {{ log_loss(log_odds, 'is_event') }} - {{ log_loss('mean_log_odds', 'is_event') }} as loss_difference
    from case_scores
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{{ delong(['outcome', 'split', 'model']) }},

{{ calibration(['outcome', 'split', 'model']) }},

losses as (

    select
        outcome,
        split,
        model,
        avg(loss) as log_loss,
        avg(power(probability - case when is_event then 1 else 0 end, 2)) as brier
    from observations
    group by outcome, split, model

),

-- Cases of one customer go together.
customer_differences as (

    select
        outcome,
        split,
        model,
        customer_id,
        count(*) as cases,
        sum(loss_difference) as loss_difference
    from observations
    group by outcome, split, model, customer_id

),

mean_differences as (

    select
        outcome,
        split,
        model,
        sum(loss_difference) / sum(cases) as difference
    from customer_differences
    group by outcome, split, model

),

differences as (

    select
        mean_differences.outcome,
        mean_differences.split,
        mean_differences.model,
        mean_differences.difference,
        sqrt(
            sum(
                power(
                    customer_differences.loss_difference - customer_differences.cases * mean_differences.difference,
                    2
                )
            )
            * count(*) / nullif(count(*) - 1, 0)
        ) / sum(customer_differences.cases) as standard_error
    from customer_differences
    inner join mean_differences
        on
            customer_differences.outcome = mean_differences.outcome
            and customer_differences.split = mean_differences.split
            and customer_differences.model = mean_differences.model
    group by
        mean_differences.outcome,
        mean_differences.split,
        mean_differences.model,
        mean_differences.difference

),

base_losses as (

    select * from losses
    where model = 'base_rate'

),

measured as (

    select
        losses.outcome,
        losses.split,
        losses.model,
        delong.n,
        delong.positives,
        delong.auc,
        case
            when delong.standard_error is not null
                then greatest(delong.auc - intervals.interval_z * delong.standard_error, 0)
        end as auc_lower,
        case
            when delong.standard_error is not null
                then least(delong.auc + intervals.interval_z * delong.standard_error, 1)
        end as auc_upper,
        losses.log_loss,
        losses.brier,
        1 - losses.brier / nullif(base_losses.brier, 0) as brier_skill,
        base_losses.log_loss as base_log_loss,
        case when losses.model = 'scorecard' then differences.difference end as loss_difference,
        case when losses.model = 'scorecard' then differences.standard_error end as loss_difference_standard_error,
        calibration.calibration_intercept,
        calibration.calibration_intercept_standard_error,
        case when losses.model <> 'base_rate' then calibration.calibration_slope end as calibration_slope,
        case
            when losses.model <> 'base_rate' then calibration.calibration_slope_standard_error
        end as calibration_slope_standard_error,
        intervals.interval_z
    from losses
    inner join delong
        on
            losses.outcome = delong.outcome
            and losses.split = delong.split
            and losses.model = delong.model
    inner join calibration
        on
            losses.outcome = calibration.outcome
            and losses.split = calibration.split
            and losses.model = calibration.model
    inner join differences
        on
            losses.outcome = differences.outcome
            and losses.split = differences.split
            and losses.model = differences.model
    inner join base_losses
        on
            losses.outcome = base_losses.outcome
            and losses.split = base_losses.split
    cross join intervals

),

final as (

    select
        measured.outcome,
        measured.split,
        measured.model,
        cast(measured.n as bigint) as n,
        cast(measured.positives as bigint) as positives,
        cast(measured.auc as double) as auc,
        cast(measured.auc_lower as double) as auc_lower,
        cast(measured.auc_upper as double) as auc_upper,
        -- The last digits of sums of doubles depend on their order.
        cast(round(measured.log_loss, 9) as double) as log_loss,
        cast(round(measured.loss_difference, 9) as double) as loss_difference,
        cast(round(measured.loss_difference_standard_error, 9) as double) as loss_difference_standard_error,
        cast(round(measured.brier, 9) as double) as brier,
        cast(round(measured.brier_skill, 9) as double) as brier_skill,
        cast(round(measured.calibration_intercept, 9) as double) as calibration_intercept,
        cast(round(measured.calibration_intercept_standard_error, 9) as double) as calibration_intercept_standard_error,
        cast(round(measured.calibration_slope, 9) as double) as calibration_slope,
        cast(round(measured.calibration_slope_standard_error, 9) as double) as calibration_slope_standard_error,
        trainings.trained_until,
        trainings.is_better_than_mean,
        -- A doubt needs cases enough, a departure that matters, and one that chance does not explain.
        case
            when measured.model <> 'scorecard' or measured.split <> 'later' then null
            when measured.n < settings.stale_cases then false
            else
                coalesce(
                    abs(measured.calibration_intercept) > settings.stale_intercept
                    and abs(measured.calibration_intercept)
                    > measured.interval_z * measured.calibration_intercept_standard_error,
                    false
                )
                or coalesce(
                    measured.calibration_slope < settings.stale_slope
                    and measured.calibration_slope
                    + measured.interval_z * measured.calibration_slope_standard_error < 1,
                    false
                )
                or measured.log_loss > measured.base_log_loss
        end as is_stale,
        trainings.scorecard_version
    from measured
    inner join trainings
        on measured.outcome = trainings.outcome
    cross join settings

)

select * from final
