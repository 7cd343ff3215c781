-- An initiative prevents a share of the grievances from its start on.
create or replace macro is_prevented(nature, happened_at, initiative_on, grievance_reduction, uniform) as
    coalesce(nature = 'grievance' and happened_at >= initiative_on and uniform < grievance_reduction, false);

-- A ticket takes an hour at least.
create or replace macro fix_of(happened_at, mean_days, uniform) as
    waking(later(happened_at, 3600 + 86400 * mean_days * skewed(uniform)));


-- matters: one row per customer and matter that happens, also when it comes back: what it is about, how it feels, when
-- it is fixed.
create or replace table matters as
with

-- From November to April the heating fails, in the other half of the year there are pests.
about as (

    select
        happenings.*,
        case
            when kind = 'boiler' then 'heating'
            when kind = 'ticket' and month(happened_at) in (11, 12, 1, 2, 3, 4)
                then pick(wheels.cold_tickets, x(matter_bits, 4))
            when kind = 'ticket' then pick(wheels.warm_tickets, x(matter_bits, 4))
            when kind = 'complaint' and segment = 'resident' then pick(wheels.complaints, x(matter_bits, 4))
            when kind = 'request' then pick(wheels.requests, x(matter_bits, 4))
        end as issue_category,
        case
            when matter = 'first' or (kind = 'complaint' and segment = 'prospect') then 'inquiry_reply'
            when kind in ('tour', 'application') then kind
            when kind in ('inquiry', 'praise') and segment = 'prospect'
                then pick(wheels.prospect_touchpoints, x(matter_bits, 4))
            when kind = 'inquiry' then pick(wheels.inquiry_touchpoints, x(matter_bits, 4))
            when kind = 'praise' then pick(wheels.praise_touchpoints, x(matter_bits, 4))
        end as own_touchpoint
    from happenings
    cross join wheels

),

with_nature as (

    select
        about.*,
        effects.initiative_on,
        effects.grievance_reduction,
        effects.tone_lift,
        categories.days_to_fix as mean_days_to_fix,
        coalesce(about.own_touchpoint, categories.touchpoint) as touchpoint,
        false as is_recurrence,
        case
            when about.kind in ('boiler', 'complaint') then 'grievance'
            when about.kind = 'ticket'
                and x(about.matter_bits, 5) < truth.ticket_grievance_share * (1 - truth.mood_tilt * about.mood)
                then 'grievance'
            when about.kind in ('ticket', 'request') then 'request'
            when about.kind = 'praise' then 'commendation'
            else 'inquiry'
        end as nature
    from about
    inner join people
        on about.customer_no = people.customer_no
    left join effects
        on people.property_no = effects.property_no
    left join truth_categories as categories
        on about.issue_category = categories.issue_category
    cross join truth

),

first_times as (

    select
        with_nature.*,
        draw('fate', customer_no, matter) as fate_bits,
        case
            when kind = 'ticket' then fix_of(happened_at, mean_days_to_fix, x(fate_bits, 0))
            when kind = 'boiler'
                then daytime(moved(truth_boiler.failed_on) + truth_boiler.days_until_fixed, x(fate_bits, 0))
        end as fixed_at
    from with_nature
    cross join truth_boiler
    where not is_prevented(nature, happened_at, initiative_on, grievance_reduction, x(matter_bits, 6))

),

-- What was not fixed for good comes back as a new ticket, mostly as a grievance.
second_times as (

    select
        first_times.* replace (
            matter || 'r' as matter,
            waking(later(fixed_at, 86400 * (1 + truth.recurrence_days * x(fate_bits, 2)))) as happened_at,
            draw('fate', customer_no, matter || 'r') as fate_bits,
            true as is_recurrence
        )
    from first_times
    cross join truth
    where kind = 'ticket' and x(fate_bits, 1) < truth.recurrence_chance

),

recurrences as (

    select
        second_times.* replace (
            case when x(fate_bits, 1) < truth.recurrence_grievance_share then 'grievance' else 'request' end as nature,
            fix_of(happened_at, mean_days_to_fix, x(fate_bits, 0)) as fixed_at
        )
    from second_times
    cross join truth
    where happened_at < getvariable('last_day') + 1

),

unioned as (

    select * from first_times
    union all
    select * from recurrences
    where not is_prevented(nature, happened_at, initiative_on, grievance_reduction, x(fate_bits, 2))

),

final as (

    select
        unioned.customer_no,
        unioned.matter,
        unioned.segment,
        case when unioned.kind = 'boiler' then 'ticket' else unioned.kind end as kind,
        unioned.nature,
        unioned.issue_category,
        unioned.touchpoint,
        clip(
            case
                when unioned.kind = 'tour' then truth.tour_tone
                when unioned.nature = 'grievance' then truth.grievance_tone
                when unioned.nature = 'request' then truth.request_tone
                when unioned.nature = 'commendation' then truth.praise_tone
                else truth.inquiry_tone
            end
            + truth.mood_tone * unioned.mood
            + truth.tone_noise * bell(unioned.fate_bits)
            + case when unioned.happened_at >= unioned.initiative_on then unioned.tone_lift else 0 end,
            -1,
            1
        ) as tone,
        coalesce(epoch(unioned.fixed_at - unioned.happened_at) / 86400, 0) as days_to_fix,
        unioned.is_recurrence,
        unioned.happened_at,
        unioned.fixed_at
    from unioned
    cross join truth

)

select * from final;
