-- How well a need was met, from the log-odds of exceeding it (a proportional-odds model), and the rating that says so.
create or replace macro need_met(log_odds, met_gap, uniform) as
    case
        when uniform < logistic(log_odds) then 'exceeded'
        when uniform < logistic(log_odds + met_gap) then 'met'
        else 'missed'
    end;

create or replace macro rating_of(measure, need, uniform) as
    floor(case measure
        when 'csat' then case need when 'exceeded' then 5 when 'met' then 4 else 1 + 3 * sqrt(uniform) end
        when 'ces' then case need when 'exceeded' then 7 when 'met' then 5 + 2 * uniform else 1 + 4 * sqrt(uniform) end
        when 'nps' then case need when 'exceeded' then 9 when 'met' then 7 else 0 end
            + case when need = 'missed' then 7 * sqrt(uniform) else 2 * uniform end
    end)::integer;


-- answers: one row per survey that is answered, with the experience at that time.
create or replace table answers as
with

about_matters as (

    select
        answers_due.customer_no,
        answers_due.survey_key,
        answers_due.survey,
        answers_due.touchpoint,
        answers_due.segment,
        answers_due.days_to_fix,
        answers_due.answered_at
    from answers_due
    inner join lived_matters
        on answers_due.customer_no = lived_matters.customer_no and answers_due.survey_key = lived_matters.matter
    where answers_due.survey = 'touchpoint'

),

about_everything as (

    select
        answers_due.customer_no,
        answers_due.survey_key,
        answers_due.survey,
        answers_due.touchpoint,
        stays.segment,
        answers_due.days_to_fix,
        answers_due.answered_at
    from answers_due
    inner join stays
        on answers_due.customer_no = stays.customer_no
        and answers_due.answered_at >= stays.started_on
        and (stays.ended_on is null or answers_due.answered_at < stays.ended_on)
    where answers_due.survey = 'relationship'

),

-- Who has signed, moved in or moved out is asked how that went, and answers out of the mood of the decision.
after_decisions as (

    select
        customer_no,
        decision as survey_key,
        'touchpoint' as survey,
        case when outcome = 'conversion' then 'move_in' when is_yes then 'renewal' else 'move_out' end as touchpoint,
        'resident' as segment,
        0 as days_to_fix,
        case
            when outcome = 'conversion' then daytime(effective_on + 10, 0.4)
            when is_yes then daytime(decided_on + 1, 0.6)
            -- The last survey reaches them while they still live here.
            else daytime(effective_on - 1, 0.5)
        end as answered_at
    from decisions
    where outcome = 'renewal' or is_yes

),

unioned as (

    select * from about_matters
    union all
    select * from about_everything
    union all
    select after_decisions.*
    from after_decisions
    inner join truth_touchpoints as touchpoints
        on after_decisions.touchpoint = touchpoints.touchpoint
    where
        after_decisions.answered_at < getvariable('last_day') + 1
        and x(draw('survey', customer_no, survey_key), 0) < touchpoints.response_chance

),

final as (

    select
        unioned.*,
        printf('s%07d-%s', unioned.customer_no, unioned.survey_key) as response_id,
        experiences.experience,
        draw('answer', unioned.customer_no, unioned.survey_key) as bits
    from unioned
    inner join experiences
        on unioned.customer_no = experiences.customer_no and unioned.survey_key = experiences.moment

)

select * from final;


-- driver_answers: one row per answer to a touchpoint survey and driver of the touchpoint, asked about or not.
create or replace table driver_answers as
select
    answers.response_id,
    drivers.touchpoint,
    drivers.driver,
    drivers.weight,
    draw('driver', answers.response_id, drivers.driver) as driver_bits,
    x(driver_bits, 0) < truth.driver_asked_chance as is_asked,
    x(driver_bits, 1) < logistic(
        drivers.satisfied_base
        + truth.driver_slope * answers.experience
        + case when drivers.is_speed then truth.slow_driver_slope * greatest(answers.days_to_fix - 2, 0) else 0 end
    ) as is_satisfied
from answers
inner join truth_drivers as drivers
    on answers.touchpoint = drivers.touchpoint
cross join truth;


-- touchpoint_scores: one row per answer to a touchpoint survey: the satisfied drivers add up to how the need was met.
create or replace table touchpoint_scores as
with

satisfied as (

    select
        response_id,
        coalesce(sum(weight) filter (where is_satisfied), 0) as weight
    from driver_answers
    group by response_id

),

final as (

    select
        answers.*,
        touchpoints.measure,
        need_met(touchpoints.response_base + satisfied.weight, truth.met_gap, x(answers.bits, 0)) as need
    from answers
    inner join satisfied
        on answers.response_id = satisfied.response_id
    inner join truth_touchpoints as touchpoints
        on answers.touchpoint = touchpoints.touchpoint
    cross join truth

)

select * from final;


-- touchpoint_ratings: one row per relationship survey and touchpoint rated in it.
create or replace table touchpoint_ratings as
select
    answers.response_id,
    touchpoints.touchpoint,
    touchpoints.measure,
    touchpoints.advocate_missed,
    touchpoints.advocate_exceeded,
    draw('rating', answers.response_id, touchpoints.touchpoint) as rating_bits,
    need_met(
        touchpoints.rating_base
        + touchpoints.rating_slope * answers.experience
        + truth.taste_spread * bell(draw('taste', answers.customer_no, touchpoints.touchpoint)),
        truth.met_gap,
        x(rating_bits, 1)
    ) as need
from answers
inner join truth_touchpoints as touchpoints
    on answers.segment = touchpoints.segment
cross join truth
where answers.survey = 'relationship' and x(rating_bits, 0) < touchpoints.rated_chance;


-- relationship_scores: one row per relationship survey: the ratings in it add up to whether somebody is an advocate.
create or replace table relationship_scores as
with

wants as (

    select
        response_id,
        sum(case need when 'exceeded' then advocate_exceeded when 'missed' then advocate_missed else 0 end) as log_odds,
        count(*) filter (where touchpoint in ('maintenance', 'communication') and need = 'exceeded') = 2 as is_pair
    from touchpoint_ratings
    group by response_id

),

with_log_odds as (

    select
        answers.*,
        'nps' as measure,
        truth.passive_gap,
        truth.advocate_base
        + coalesce(wants.log_odds, 0)
        + case when wants.is_pair then truth.advocate_pair else 0 end
        + case when answers.segment = 'prospect' then truth.advocate_prospect else 0 end as log_odds
    from answers
    left join wants
        on answers.response_id = wants.response_id
    cross join truth
    where answers.survey = 'relationship'

),

final as (

    select
        *,
        case
            when x(bits, 0) < logistic(log_odds) then 'exceeded'
            when x(bits, 1) < logistic(log_odds + passive_gap) then 'met'
            else 'missed'
        end as need
    from with_log_odds

)

select * from final;


create or replace table raw.survey_responses as
with

unioned as (

    select response_id, customer_no, survey, touchpoint, answered_at, measure, need, bits from touchpoint_scores
    union all
    select response_id, customer_no, survey, touchpoint, answered_at, measure, need, bits from relationship_scores

)

select
    unioned.response_id,
    customer_key(unioned.customer_no) as customer_id,
    unioned.survey,
    unioned.touchpoint,
    iso(unioned.answered_at) as responded_at,
    unioned.measure,
    rating_of(unioned.measure, unioned.need, x(unioned.bits, 2)) as score,
    -- One in four says why.
    case when x(unioned.bits, 3) < 0.25 then pick(phrases.bodies, 4 * x(unioned.bits, 3)) end as comment
from unioned
inner join phrases
    on phrases.part = 'comment' and unioned.need = phrases.mood;


create or replace table raw.survey_answers as
with

follow_ups as (

    select
        driver_answers.response_id,
        driver_answers.touchpoint,
        driver_answers.driver,
        rating_of(
            touchpoints.measure,
            case when not is_satisfied then 'missed' when x(driver_bits, 2) < 0.5 then 'met' else 'exceeded' end,
            x(driver_bits, 3)
        )::varchar as rating
    from driver_answers
    inner join truth_touchpoints as touchpoints
        on driver_answers.touchpoint = touchpoints.touchpoint
    where driver_answers.is_asked

),

ratings as (

    select
        response_id,
        touchpoint,
        null as driver,
        rating_of(measure, need, x(rating_bits, 2))::varchar as rating
    from touchpoint_ratings

),

-- Who somebody lives with matters to nothing.
households as (

    select
        answers.response_id,
        'household' as touchpoint,
        null as driver,
        pick(wheels.households, x(draw('household', answers.customer_no), 0)) as rating
    from answers
    cross join wheels
    where answers.survey = 'relationship'

),

unioned as (

    select * from follow_ups
    union all
    select * from ratings
    union all
    select * from households

)

select * from unioned;
