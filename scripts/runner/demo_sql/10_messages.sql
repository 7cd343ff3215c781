-- raw.interactions: one row per message: a matter's part of the script, as far as chance has it, in words.
create or replace table raw.interactions as
with

-- How somebody writes about one matter stays the same over its messages.
with_manners as (

    select
        lived_matters.*,
        people.unit,
        draw('manners', lived_matters.customer_no, lived_matters.matter) as manner_bits
    from lived_matters
    inner join people
        on lived_matters.customer_no = people.customer_no

),

scripted as (

    select
        with_manners.*,
        script.step,
        script.part,
        script.direction,
        script.share_of_fix,
        script.hours,
        coalesce(script.nature, with_manners.nature) as message_nature,
        draw('message', with_manners.customer_no, with_manners.matter || script.step) as bits
    from with_manners
    inner join script
        on with_manners.kind = script.kind
        and with_manners.days_to_fix >= script.days_to_fix_from
        and with_manners.days_to_fix < script.days_to_fix_below
    where x(bits, 0) < script.chance

),

sent as (

    select
        *,
        case
            when step = 1 then happened_at
            else waking(later(
                happened_at,
                86400 * share_of_fix * days_to_fix + 3600 * hours * (0.5 + x(bits, 1))
            ))
        end as sent_at
    from scripted

),

felt as (

    select
        sent.*,
        case
            when sent.part = 'thanks' then truth.thanks_tone
            when sent.part in ('chase', 'detail') then sent.tone + truth.chase_tone
            else sent.tone
        end as message_tone
    from sent
    cross join truth
    where sent.sent_at < sent.leaves_on

),

with_mood as (

    select
        *,
        case
            when part = 'tour' and message_tone >= 0.35 then 'pleased'
            when part = 'tour' and message_tone < -0.05 then 'upset'
            when part not in ('report', 'detail', 'chase', 'tour') then 'any'
            when message_nature = 'grievance' and message_tone < -0.45 then 'upset'
            else 'calm'
        end as mood,
        case
            when part = 'report' then coalesce(issue_category, 'any')
            when part in ('inquiry', 'praise') then touchpoint
            else 'any'
        end as subject
    from felt

),

worded as (

    select
        with_mood.*,
        replace(replace(replace(replace(
            case
                when with_mood.is_recurrence and with_mood.step = 1 then 'This was fixed only the other day. '
                when with_mood.part in ('report', 'inquiry') and with_mood.mood <> 'upset'
                    then pick(wheels.openers, x(with_mood.manner_bits, 0))
                else ''
            end
            || pick(phrases.bodies, x(with_mood.bits, 2))
            || case
                when with_mood.part = 'report' and with_mood.mood <> 'upset'
                    then pick(wheels.closers, x(with_mood.manner_bits, 1))
                else ''
            end,
            '{room}', pick(wheels.rooms, x(with_mood.manner_bits, 2))),
            '{staff}', pick(wheels.staff, x(with_mood.bits, 3))),
            '{unit}', with_mood.unit::varchar),
            '{days}', greatest(2, datediff('day', with_mood.happened_at, with_mood.sent_at))::varchar
        ) as body,
        pick(wheels.channels, x(with_mood.manner_bits, 3)) as channel
    from with_mood
    left join phrases
        on with_mood.part = phrases.part
        and with_mood.subject = phrases.subject
        and with_mood.mood = phrases.mood
    cross join wheels

),

final as (

    select
        printf('i%07d-%s-%d', customer_no, matter, step) as interaction_id,
        customer_key(customer_no) as customer_id,
        iso(sent_at) || case when x(bits, 4) < truth.offset_chance then '+00:00' else '' end as occurred_at,
        case when part = 'tour' then 'in_person' else channel end as channel,
        direction,
        touchpoint,
        case when kind = 'ticket' then printf('t%07d-%s', customer_no, matter) end as issue_id,
        issue_category,
        case
            when direction = 'inbound' and x(bits, 5) >= truth.nature_blank_chance then message_nature
        end as nature,
        case
            when direction = 'inbound' and x(bits, 6) >= truth.sentiment_blank_chance
                then clip(
                    message_tone + truth.sentiment_noise * sqrt(12) * (x(bits, 7) - 0.5), -1, 1
                )::decimal(3, 2)
        end as sentiment,
        body,
        case
            when getvariable('stories')
                and x(bits, 4) >= 1 - truth.late_chance
                and sent_at < getvariable('last_day') - 3
                then iso(sent_at + interval 3 days)
        end as updated_at,
        null::boolean as _deleted
    from worded
    cross join truth

)

select * from final;
