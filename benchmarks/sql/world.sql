-- A made world as macros: every value is a function of a number, so that any stretch of days can be made by itself and
-- two makings are the same. Customers get in touch at random, about equally often: what the benchmarks measure depends
-- on the number and the order of rows, not on who they are about.
-- Variables: customers, properties, first_day, days, issues_per_day, loose_per_day.

create or replace macro draw(what, number, choices) as
    cast(hash(what, cast(number as bigint)) % choices as bigint);

create or replace macro pick(what, number, choices) as
    choices[1 + draw(what, number, len(choices))];

create or replace macro customer_key(number) as 'c' || lpad(cast(number as varchar), 7, '0');

create or replace macro property_key(number) as 'p' || lpad(cast(number as varchar), 4, '0');

create or replace macro a_category(what, number) as
    pick(what, number, ['plumbing', 'heating', 'electricity', 'noise', 'billing', 'parking', 'pests', 'access']);

-- Between 7 and 21 o'clock.
create or replace macro a_time(what, number, day_number) as
    cast(getvariable('first_day') as timestamp)
    + to_days(cast(day_number as integer))
    + to_seconds(25200 + draw(what, number, 50400));

create or replace macro made_properties() as table
    select
        property_key(range) as property_id,
        'Property ' || range as property_name,
        pick('region', range, ['north', 'south', 'east', 'west']) as region,
        80 + draw('units', range, 400) as units
    from range(getvariable('properties'));

-- 85 of 100 customers are residents; 2 of 100 of them move, and 20 of 100 prospects become residents.
create or replace macro made_segments() as table
    with people as (
        select
            range as number,
            draw('segment', range, 100) < 85 as is_resident,
            draw('property', range, getvariable('properties')) as property_number,
            getvariable('first_day') - cast(30 + draw('tenure', range, 1500) as integer) as arrived_on,
            getvariable('first_day') + cast(draw('change', range, getvariable('days')) as integer) as changed_on,
            draw('changes', range, 100) < case when is_resident then 2 else 20 end as changes
        from range(getvariable('customers'))
    )

    select
        customer_key(number) as customer_id,
        arrived_on as started_on,
        case when is_resident then 'resident' else 'prospect' end as segment,
        property_key(property_number) as property_id,
        case when is_resident and changes then changed_on end as ended_on
    from people

    union all

    select
        customer_key(number) as customer_id,
        changed_on as started_on,
        'resident' as segment,
        property_key((property_number + cast(is_resident as integer)) % getvariable('properties')) as property_id,
        cast(null as date) as ended_on
    from people
    where changes;

-- The issues opened on the days from_day to before_day - 1, counted from the first day. 5 of 100 are never resolved.
create or replace macro made_issues(from_day, before_day) as table
    select
        range as number,
        't' || lpad(cast(range as varchar), 8, '0') as issue_id,
        range // getvariable('issues_per_day') as day_number,
        customer_key(draw('owner', range, getvariable('customers'))) as customer_id,
        a_category('issue category', range) as issue_category,
        a_time('opened', range, range // getvariable('issues_per_day')) as opened_at,
        case
            when draw('unresolved', range, 100) >= 5
                then opened_at + to_hours(20 + draw('resolved', range, 400))
        end as resolved_at,
        1 + draw('messages', range, 4) as messages
    from range(
        greatest(from_day, 0) * getvariable('issues_per_day'),
        before_day * getvariable('issues_per_day')
    );

-- What is said of an issue: when it is opened, and on its later days.
create or replace macro made_issue_messages(from_day, before_day) as table
    select
        issues.number * 4 + places.place as number,
        issues.issue_id || '-' || places.place as interaction_id,
        issues.day_number + places.days_later as day_number,
        issues.customer_id,
        issues.issue_id,
        case when draw('category told', issues.number, 4) > 0 then issues.issue_category end as issue_category,
        pick('issue nature', issues.number * 4 + places.place, [
            'request', 'request', 'request', 'request', 'request', 'grievance', 'grievance', 'grievance', 'inquiry', null
        ]) as nature
    from made_issues(from_day - 9, before_day) as issues
    inner join (values (0, 0), (1, 2), (2, 5), (3, 9)) as places (place, days_later)
        on issues.messages > places.place
    where issues.day_number + places.days_later between from_day and before_day - 1;

create or replace macro made_loose_messages(from_day, before_day) as table
    select
        range as number,
        'm' || lpad(cast(range as varchar), 8, '0') as interaction_id,
        range // getvariable('loose_per_day') as day_number,
        customer_key(draw('speaker', range, getvariable('customers'))) as customer_id,
        cast(null as varchar) as issue_id,
        pick('nature', range, [
            'inquiry', 'inquiry', 'inquiry', 'inquiry', 'request', 'request', 'grievance',
            'commendation', 'commendation', null
        ]) as nature,
        case
            when nature in ('request', 'grievance') and draw('category told', range, 2) > 0
                then a_category('category', range)
        end as issue_category
    from range(from_day * getvariable('loose_per_day'), before_day * getvariable('loose_per_day'));

create or replace macro made_interactions(from_day, before_day) as table
    with messages as (
        select * from made_loose_messages(from_day, before_day)
        union all by name
        select * from made_issue_messages(from_day, before_day)
    )

    select
        interaction_id,
        customer_id,
        a_time('occurred' || interaction_id[1], number, day_number) as occurred_at,
        pick('channel', number, ['phone', 'email', 'email', 'portal', 'app', 'chat', 'in_person']) as channel,
        pick('direction', number, [
            'inbound', 'inbound', 'inbound', 'inbound', 'inbound', 'inbound', 'inbound', 'inbound', 'outbound', null
        ]) as direction,
        pick('touchpoint', number, ['maintenance', 'front_office', 'communication', 'payments', 'amenities']) as touchpoint,
        issue_id,
        issue_category,
        nature,
        case
            when draw('felt', number, 2) > 0
                then cast(
                    case nature
                        when 'grievance' then draw('sentiment', number, 101) - 100
                        when 'commendation' then draw('sentiment', number, 81) + 20
                        else draw('sentiment', number, 121) - 50
                    end / 100 as decimal(3, 2)
                )
        end as sentiment,
        pick('body', number, [
            'The tap in the kitchen drips again.',
            'When will somebody come by?',
            'Thank you for the quick help this morning.',
            'The heating has been cold since Sunday.',
            'Could you send me the invoice once more?',
            'There is music every night next door.',
            'Is the flat on the third floor still free?',
            'My parking space was taken again today.',
            'I called twice and nobody called me back.',
            'The light in the stairwell is out.',
            'All works now, that was fast.',
            'How do I get a second key?'
        ]) as body
    from messages;
