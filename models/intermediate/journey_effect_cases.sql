-- journey_effect_cases: one row per decision and touchpoint that its customer had rated before it: the latest rating,
-- and what was known of the customer then.
with

journey_cases as (

    select * from {{ ref('journey_cases') }}

),

outcome_directions as (

    select * from {{ ref('outcome_directions') }}
    where versus <> 'others'

),

touchpoint_ratings as (

    select * from {{ ref('touchpoint_ratings') }}
    where need_met is not null

),

measures as (

    select * from {{ ref('measures') }}

),

settings as (

    select
        max(case when setting = 'effect_placebo_days' then value end) as placebo_days,
        max(case when setting = 'effect_placebo_gap_days' then value end) as placebo_gap_days
    from {{ ref('journey_settings') }}

),

grievances as (

    select
        customer_id,
        occurred_on
    from {{ ref('interactions') }}
    where
        direction = 'inbound'
        and nature = 'grievance'

),

first_days as (

    select
        customer_id,
        min(started_on) as started_on
    from {{ ref('customer_segments') }}
    group by customer_id

),

known as (

    select
        journey_cases.outcome,
        journey_cases.case_id,
        journey_cases.customer_id,
        journey_cases.property_id,
        journey_cases.segment,
        touchpoint_ratings.touchpoint,
        touchpoint_ratings.measure,
        touchpoint_ratings.need_met,
        touchpoint_ratings.rating,
        journey_cases.is_event,
        touchpoint_ratings.rated_at,
        touchpoint_ratings.rated_on,
        journey_cases.happened_at,
        {{ answer_place(['journey_cases.outcome', 'journey_cases.case_id', 'touchpoint_ratings.touchpoint']) }} as place
    from journey_cases
    inner join outcome_directions
        on journey_cases.outcome = outcome_directions.outcome
    inner join touchpoint_ratings
        on
            journey_cases.customer_id = touchpoint_ratings.customer_id
            and journey_cases.happened_at > touchpoint_ratings.rated_at

),

-- What is complained of just before a rating may be what is rated: that would be no placebo.
complained as (

    select distinct
        known.outcome,
        known.case_id,
        known.touchpoint
    from known
    cross join settings
    inner join grievances
        on
            known.customer_id = grievances.customer_id
            and {{ days_between('grievances.occurred_on', 'known.rated_on') }} > settings.placebo_gap_days
            and {{ days_between('grievances.occurred_on', 'known.rated_on') }}
            <= settings.placebo_gap_days + settings.placebo_days
    where known.place = 1

),

final as (

    select
        known.outcome,
        known.case_id,
        known.customer_id,
        known.property_id,
        known.segment,
        known.touchpoint,
        known.need_met,
        -- A fact is 0 or 1 already.
        case
            when known.measure = 'operational' then known.rating
            else (known.rating - measures.lowest) / (measures.highest - measures.lowest)
        end as rating_share,
        coalesce({{ days_between('first_days.started_on', 'known.rated_on') }}, 0) as tenure_days,
        known.is_event,
        -- A fact is no opinion, and no mood moves it.
        known.measure <> 'operational' as is_rating,
        complained.case_id is not null as had_grievance,
        known.rated_at,
        known.happened_at,
        cast(known.happened_at as date) as happened_on
    from known
    left join measures
        on known.measure = measures.measure
    left join first_days
        on known.customer_id = first_days.customer_id
    left join complained
        on
            known.outcome = complained.outcome
            and known.case_id = complained.case_id
            and known.touchpoint = complained.touchpoint
    where known.place = 1

)

select * from final
