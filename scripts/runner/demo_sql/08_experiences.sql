-- marks: one row per event that leaves a mark on a customer's experience.
create or replace table marks as
with

happened as (

    select
        matters.customer_no,
        matters.happened_at as marked_at,
        case
            when matters.kind = 'tour' then truth.tour_mark * matters.tone
            when matters.nature = 'grievance' then truth.grievance_mark
            when matters.nature = 'request' then truth.request_mark
            when matters.nature = 'commendation' then truth.praise_mark
            else 0
        end
        + case when matters.is_recurrence then truth.recurrence_mark else 0 end as mark
    from matters
    cross join truth

),

fixed as (

    select
        matters.customer_no,
        matters.fixed_at as marked_at,
        case
            when matters.days_to_fix < 1 then truth.quick_fix_mark
            else clip(truth.slow_fix_mark * (matters.days_to_fix - 3), truth.slow_fix_floor, 0)
        end as mark
    from matters
    cross join truth
    where matters.fixed_at is not null

),

unioned as (

    select * from happened
    union all
    select * from fixed

)

select * from unioned where mark <> 0;


-- decisions_due: one row per customer and decision that falls into the time: a prospect signs or vanishes; a resident
-- renews or gives notice, before each year of the lease ends.
create or replace table decisions_due as
with

conversions as (

    select
        customer_no,
        'sign' as decision,
        'conversion' as outcome,
        decided_on,
        moved_in_on as effective_on
    from people
    where is_prospect and not in_a_story

),

renewals as (

    select
        people.customer_no,
        printf('lease%d', number) as decision,
        'renewal' as outcome,
        days_later(people.moved_in_on, truth.lease_days * number - truth.notice_days) as decided_on,
        days_later(people.moved_in_on, truth.lease_days * number) as effective_on
    from people
    cross join truth
    cross join lateral unnest(range(1, 1 + whole(
        (getvariable('last_day') - people.moved_in_on + truth.notice_days) / truth.lease_days, 0
    ))) as _ (number)
    where not people.in_a_story

),

unioned as (

    select * from conversions
    union all
    select * from renewals

),

final as (

    select
        *,
        daytime(decided_on, x(draw('decision', customer_no, decision), 1)) as decided_at
    from unioned
    where decided_on between getvariable('first_day') and getvariable('last_day')

)

select * from final;


-- answers_due: one row per survey that a customer would answer: about a matter, a day or two after it, or about
-- everything, every few months.
create or replace table answers_due as
with

about_a_matter as (

    select
        matters.customer_no,
        matters.matter as survey_key,
        'touchpoint' as survey,
        matters.touchpoint,
        matters.segment,
        matters.days_to_fix,
        waking(later(
            coalesce(matters.fixed_at, matters.happened_at),
            86400 * (0.2 + 2 * x(draw('survey', matters.customer_no, matters.matter), 1))
        )) as answered_at
    from matters
    inner join truth_touchpoints as touchpoints
        on matters.touchpoint = touchpoints.touchpoint
    where x(draw('survey', matters.customer_no, matters.matter), 0) < touchpoints.response_chance

),

about_everything as (

    select
        people.customer_no,
        printf('all%02d', number) as survey_key,
        'relationship' as survey,
        null as touchpoint,
        null as segment,
        0 as days_to_fix,
        draw('survey', people.customer_no, survey_key) as bits,
        daytime(
            days_later(getvariable('first_day'), truth.relationship_every_days * (number + x(bits, 1))), x(bits, 2)
        ) as answered_at
    from people
    cross join truth
    cross join lateral unnest(range(
        1 + ((getvariable('last_day') - getvariable('first_day')) / truth.relationship_every_days)::integer
    )) as _ (number)
    where not people.in_a_story and x(bits, 0) < truth.relationship_response

),

unioned as (

    select * from about_a_matter
    union all
    select * exclude (bits) from about_everything

)

select * from unioned where answered_at < getvariable('last_day') + 1;


-- experiences: one row per customer and moment that hangs on it: what they and their property bring, what an initiative
-- lifts, and the marks of everything before the moment, faded.
create or replace table experiences as
with

moments as (

    select customer_no, decision as moment, decided_at as at from decisions_due
    union all
    select customer_no, survey_key as moment, answered_at as at from answers_due

),

-- As decimals, so that the order of the sum does not matter.
faded as (

    select
        moments.customer_no,
        moments.moment,
        sum(
            (marks.mark * pow(2, -epoch(moments.at - marks.marked_at) / 86400 / truth.half_life_days))::decimal(18, 9)
        ) as marks_left
    from moments
    inner join marks
        on moments.customer_no = marks.customer_no and moments.at > marks.marked_at
    cross join truth
    group by moments.customer_no, moments.moment

),

final as (

    select
        moments.customer_no,
        moments.moment,
        people.level
        + case when moments.at >= effects.initiative_on then effects.experience_lift else 0 end
        + coalesce(faded.marks_left, 0) as experience
    from moments
    inner join people
        on moments.customer_no = people.customer_no
    left join effects
        on people.property_no = effects.property_no
    left join faded
        on moments.customer_no = faded.customer_no and moments.moment = faded.moment

)

select * from final;
