-- places: one row per property, with its hidden level and the initiative that it gets, if any.
create or replace table places as
with

numbered as (

    select
        range::integer as property_no,
        draw('property', range) as bits
    from range(1, getvariable('properties') + 1)

),

drawn as (

    select
        numbered.property_no,
        printf('p%02d', numbered.property_no) as property_id,
        concat_ws(
            ' ',
            wheels.place_names[1 + (numbered.property_no - 1) % len(wheels.place_names)],
            -- A round of names later, the next kind: no two properties of the first 144 share a name.
            wheels.place_kinds[1 + (
                numbered.property_no - 1 + (numbered.property_no - 1) // len(wheels.place_names)
            ) % len(wheels.place_kinds)]
        ) as property_name,
        pick(wheels.regions, x(numbered.bits, 0)) as region,
        6 + floor(9 * x(numbered.bits, 1))::integer as size,
        truth.property_spread * bell(numbered.bits) as property_level
    from numbered
    cross join wheels
    cross join truth

),

sized as (

    select
        *,
        ceil(0.85 * getvariable('customers') * size / sum(size) over ())::integer as units
    from drawn

),

with_initiatives as (

    select
        sized.*,
        initiatives.initiative_id,
        initiatives.initiative_name,
        initiatives.grievance_reduction,
        initiatives.tone_lift,
        initiatives.experience_lift,
        moved(initiatives.started_on) as initiative_on
    from sized
    left join truth_initiatives as initiatives
        on sized.property_no = initiatives.property_no

)

select * from with_initiatives;


-- effects: one row per property and initiative that works. In the twin world without their effect there is none.
create or replace table effects as
select
    property_no,
    initiative_on,
    grievance_reduction,
    tone_lift,
    experience_lift
from places
where initiative_id is not null and getvariable('initiatives');


-- addresses: one row: a wheel of property numbers, the large ones more often.
create or replace table addresses as
select list(property_no order by property_no) as property_nos from places, range(size);


-- story_people: one row per customer whose life 12_stories.sql tells, not chance.
create or replace table story_people as
select * from (
    values
    (1, 4),
    (2, 8),
    (3, 1),
    (4, 9),
    (5, 12),
    (6, 4),
    (7, 8),
    (8, 1),
) as _ (customer_no, property_no)
where getvariable('stories');


create schema if not exists raw;

create or replace table raw.properties as
select property_id, property_name, region, units from places;

-- The twin world has the same rows: there, too, somebody renovated, and nothing came of it.
create or replace table raw.initiatives as
select
    initiative_id,
    initiative_name,
    property_id,
    initiative_on as started_on,
    null::date as ended_on
from places
where initiative_on <= getvariable('last_day');
