-- happenings: one row per customer and matter that comes up by itself: when, and what kind. All chance hangs on the
-- customer and the matter's own name, so that a matter which an initiative prevents moves no other one.
create or replace table happenings as
with

-- Residents: spread evenly over the days on which they could live here.
residents as (

    select
        customer_no,
        greatest(moved_in_on, getvariable('first_day')) as from_day,
        getvariable('last_day') - from_day + 1 as days,
        draw('resident', customer_no) as bits
    from people
    where not in_a_story and moved_in_on <= getvariable('last_day')

),

resident_matters as (

    select
        residents.customer_no,
        printf('%03d', number) as matter,
        'resident' as segment,
        null as kind,
        residents.from_day,
        residents.days
    from residents
    cross join truth
    cross join lateral unnest(range(whole(
        truth.matters_per_day * getvariable('scale') * residents.days
        * (truth.steady_share + (1 - truth.steady_share) * skewed(x(bits, 0))),
        x(bits, 1)
    ))) as _ (number)

),

-- Prospects: an inquiry on arrival, perhaps a tour and an application, and whatever else before they decide.
prospects as (

    select
        *,
        draw('prospect', customer_no) as bits
    from people
    where is_prospect and not in_a_story

),

first_inquiries as (

    select
        customer_no,
        'first' as matter,
        'prospect' as segment,
        'inquiry' as kind,
        arrived_on as from_day,
        1 as days
    from prospects

),

tours as (

    select
        prospects.customer_no,
        'tour' as matter,
        'prospect' as segment,
        'tour' as kind,
        prospects.arrived_on + 2 as from_day,
        8 as days
    from prospects
    cross join truth
    where x(bits, 0) < logistic(truth.tour_base + truth.tour_slope * prospects.personal_level)

),

applications as (

    select
        prospects.customer_no,
        'form' as matter,
        'prospect' as segment,
        'application' as kind,
        prospects.decided_on - 3 as from_day,
        1 as days
    from prospects
    cross join truth
    where x(bits, 1) < truth.application_chance

),

prospect_matters as (

    select
        prospects.customer_no,
        printf('p%02d', number) as matter,
        'prospect' as segment,
        null as kind,
        prospects.arrived_on + 1 as from_day,
        prospects.decided_on - prospects.arrived_on - 1 as days
    from prospects
    cross join truth
    cross join lateral unnest(range(whole(
        truth.prospect_matters * getvariable('scale') * exp(truth.prospect_matters_slope * prospects.personal_level),
        x(bits, 2)
    ))) as _ (number)

),

boiler_matters as (

    select
        people.customer_no,
        'boiler' as matter,
        'resident' as segment,
        'boiler' as kind,
        moved(truth_boiler.failed_on) as from_day,
        truth_boiler.days_until_noticed as days
    from people
    inner join truth_boiler
        on people.property_no = truth_boiler.property_no
    where
        getvariable('stories')
        and not people.in_a_story
        and people.moved_in_on < moved(truth_boiler.failed_on)
        and x(draw('boiler', people.customer_no), 0) < truth_boiler.affected_share

),

unioned as (

    select * from resident_matters
    union all
    select * from first_inquiries
    union all
    select * from tours
    union all
    select * from applications
    union all
    select * from prospect_matters
    union all
    select * from boiler_matters

),

dated as (

    select
        customer_no,
        matter,
        segment,
        kind,
        draw('matter', customer_no, matter) as matter_bits,
        days_later(from_day, days * x(matter_bits, 0)) as happened_on
    from unioned

),

with_shares as (

    select
        dated.*,
        people.mood,
        truth.complaint_share * (1 - truth.mood_tilt * people.mood) as complaint_share,
        truth.praise_share * (1 + truth.mood_tilt * people.mood) as praise_share,
        -- Tickets, requests and inquiries share what lies between.
        truth.ticket_share / (1 - truth.complaint_share - truth.praise_share) as ticket_share,
        truth.request_share / (1 - truth.complaint_share - truth.praise_share) as request_share
    from dated
    inner join people
        on dated.customer_no = people.customer_no
    cross join truth
    where dated.happened_on between getvariable('first_day') and getvariable('last_day')

),

final as (

    select
        customer_no,
        matter,
        segment,
        case
            when kind is not null then kind
            when x(matter_bits, 1) < complaint_share then 'complaint'
            when x(matter_bits, 1) >= 1 - praise_share then 'praise'
            when segment = 'prospect' then 'inquiry'
            when x(matter_bits, 2) < ticket_share then 'ticket'
            when x(matter_bits, 2) < ticket_share + request_share then 'request'
            else 'inquiry'
        end as kind,
        daytime(happened_on, x(matter_bits, 3)) as happened_at,
        mood,
        matter_bits
    from with_shares

)

select * from final;
