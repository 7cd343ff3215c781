-- initiative_comparisons: one row per programme, start and property that is compared there: those with the programme's
-- initiative, measured or not, and those without any in that time.
with

initiatives as (

    select * from {{ ref('initiatives') }}

),

starts as (

    select * from {{ ref('initiative_starts') }}

),

window_setting as (

    select cast(value as integer) as window_days
    from {{ ref('rule_settings') }}
    where setting = 'window_days'

),

-- Each property counts once in a programme, from its first start on.
members as (

    select
        programme,
        property_id,
        min(started_on) as started_on
    from initiatives
    group by programme, property_id

),

-- What goes on in a property: an initiative without an end for as long as its own impact is looked for.
occupied as (

    select
        initiatives.programme,
        initiatives.property_id,
        initiatives.started_on as occupied_from,
        greatest(
            coalesce(initiatives.ended_on, initiatives.started_on),
            initiatives.started_on + window_setting.window_days
        ) as occupied_before
    from initiatives
    cross join window_setting

),

-- Tones need a contact in every window.
usable as (

    select
        started_on,
        property_id
    from {{ ref('initiative_windows') }}
    where
        contacts_before > 0
        and contacts_after > 0
    group by started_on, property_id
    having count(*) = 2

),

member_windows as (

    select
        members.programme,
        members.property_id,
        members.started_on,
        starts.is_complete,
        usable.property_id is not null as is_usable,
        starts.earlier_from,
        starts.before_from,
        starts.ended_before,
        starts.known_from,
        starts.known_before
    from members
    inner join starts
        on members.started_on = starts.started_on
    left join usable
        on
            members.started_on = usable.started_on
            and members.property_id = usable.property_id

),

busy_members as (

    select distinct
        member_windows.programme,
        member_windows.property_id
    from member_windows
    inner join occupied
        on
            member_windows.property_id = occupied.property_id
            and member_windows.programme <> occupied.programme
            and member_windows.ended_before > occupied.occupied_from
            and member_windows.earlier_from < occupied.occupied_before

),

judged_members as (

    select
        member_windows.*,
        case
            when not member_windows.is_complete and member_windows.ended_before > member_windows.known_before
                then 'the window after the start ends on ' || cast(member_windows.ended_before - 1 as string)
            when not member_windows.is_complete
                then
                    'the windows before the start begin on ' || cast(member_windows.earlier_from as string)
                    || ', before what is known'
            when busy_members.property_id is not null then 'another initiative in the property in that time'
            when not member_windows.is_usable then 'a window without a contact of customers who were there in both'
        end as left_out_because
    from member_windows
    left join busy_members
        on
            member_windows.programme = busy_members.programme
            and member_windows.property_id = busy_members.property_id

),

treated as (

    select
        programme,
        property_id,
        started_on,
        earlier_from,
        ended_before
    from judged_members
    where left_out_because is null

),

programme_starts as (

    select
        programme,
        started_on,
        count(*) as treated_here,
        min(earlier_from) as earlier_from,
        min(ended_before) as ended_before
    from treated
    group by programme, started_on

),

programme_sizes as (

    select
        programme,
        count(*) as start_days,
        cast(sum(treated_here) as bigint) as treated_properties
    from programme_starts
    group by programme

),

busy_others as (

    select distinct
        programme_starts.programme,
        occupied.property_id
    from programme_starts
    inner join occupied
        on
            programme_starts.programme <> occupied.programme
            and programme_starts.ended_before > occupied.occupied_from
            and programme_starts.earlier_from < occupied.occupied_before

),

-- Properties to compare with have every window of the programme, and no initiative in any of them.
comparable as (

    select
        programme_starts.programme,
        usable.property_id
    from programme_starts
    inner join usable
        on programme_starts.started_on = usable.started_on
    inner join programme_sizes
        on programme_starts.programme = programme_sizes.programme
    left join members
        on
            programme_starts.programme = members.programme
            and usable.property_id = members.property_id
    left join busy_others
        on
            programme_starts.programme = busy_others.programme
            and usable.property_id = busy_others.property_id
    where
        members.property_id is null
        and busy_others.property_id is null
    group by programme_starts.programme, usable.property_id
    having count(*) = max(programme_sizes.start_days)

),

final as (

    select
        programme,
        started_on,
        property_id,
        true as is_treated,
        left_out_because,
        cast(case when left_out_because is null then 1 end as double) as weight
    from judged_members

    union all

    -- For each of the treated properties' starts; all of them together weigh one.
    select
        comparable.programme,
        programme_starts.started_on,
        comparable.property_id,
        false as is_treated,
        cast(null as string) as left_out_because,
        cast(programme_starts.treated_here as double) / programme_sizes.treated_properties as weight
    from comparable
    inner join programme_starts
        on comparable.programme = programme_starts.programme
    inner join programme_sizes
        on comparable.programme = programme_sizes.programme

)

select * from final
