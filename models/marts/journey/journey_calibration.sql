-- journey_calibration: one row per outcome, split and tenth of the cases by their score: how likely the outcome was
-- said to be, and how often it came.
with

case_scores as (

    select * from {{ ref('journey_case_scores') }}

),

settings as (

    select cast(value as integer) as bands
    from {{ ref('journey_settings') }}
    where setting = 'calibration_bands'

),

intervals as (

    select value as interval_z
    from {{ ref('rule_settings') }}
    where setting = 'interval_z'

),

placed as (

    select
        case_scores.outcome,
        case_scores.split,
        case_scores.is_event,
        case_scores.probability,
        settings.bands,
        row_number() over (
            partition by case_scores.outcome, case_scores.split
            order by case_scores.probability, case_scores.case_id
        ) - 1 as place,
        count(*) over (partition by case_scores.outcome, case_scores.split) as cases
    from case_scores
    cross join settings

),

banded as (

    select
        outcome,
        split,
        is_event,
        probability,
        cast(floor(cast(place * bands as double) / cases) as integer) + 1 as decile
    from placed

),

counted as (

    select
        banded.outcome,
        banded.split,
        banded.decile,
        intervals.interval_z,
        count(*) as n,
        cast(sum(cast(banded.probability as decimal(18, 12))) as double) / count(*) as predicted,
        count(case when banded.is_event then 1 end) as positives
    from banded
    cross join intervals
    group by banded.outcome, banded.split, banded.decile, intervals.interval_z

),

final as (

    select
        outcome,
        split,
        decile,
        n,
        predicted,
        cast(positives as double) / n as observed,
        cast({{ wilson_lower('positives', 'n', 'interval_z') }} as double) as observed_lower,
        cast({{ wilson_upper('positives', 'n', 'interval_z') }} as double) as observed_upper
    from counted

)

select * from final
