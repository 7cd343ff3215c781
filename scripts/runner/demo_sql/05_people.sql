-- people: one row per customer of the block: who they are and what is due, before anything happens.
create or replace table people as
with

numbered as (

    select
        range::integer as customer_no,
        draw('person', range) as person_bits,
        draw('name', range) as name_bits
    from range(getvariable('first_customer'), getvariable('last_customer') + 1)

),

placed as (

    select
        numbered.*,
        story_people.customer_no is not null as in_a_story,
        coalesce(story_people.property_no, pick(addresses.property_nos, x(numbered.person_bits, 0))) as property_no,
        (getvariable('last_day') - getvariable('first_day')) / 365 * truth.prospects_per_resident_year as arrivals,
        x(numbered.person_bits, 1) < arrivals / (1 + arrivals) as is_prospect,
        truth.personal_spread * bell(numbered.person_bits) as personal_level
    from numbered
    cross join truth
    cross join addresses
    left join story_people
        on numbered.customer_no = story_people.customer_no

),

-- A prospect arrives on any day, decides weeks later, and then moves in or does not. A resident has lived here for a
-- month up to six years.
dated as (

    select
        placed.*,
        case
            when is_prospect
                then days_later(
                    getvariable('first_day') - 10,
                    x(person_bits, 2) * (getvariable('last_day') - getvariable('first_day') + 10)
                )
        end as arrived_on,
        days_later(arrived_on, truth.decides_after_days + truth.decides_within_days * x(person_bits, 3)) as decided_on,
        coalesce(
            days_later(decided_on, truth.moves_in_after_days),
            days_later(getvariable('first_day') - 30, -2160 * x(person_bits, 2))
        ) as moved_in_on
    from placed
    cross join truth

),

final as (

    select
        dated.customer_no,
        customer_key(dated.customer_no) as customer_id,
        dated.property_no,
        dated.in_a_story,
        dated.is_prospect,
        dated.personal_level,
        dated.personal_level + places.property_level as level,
        clip(dated.personal_level + places.property_level, -1.5, 1.5) as mood,
        pick(wheels.first_names, x(dated.name_bits, 0)) as first_name,
        pick(wheels.last_names, x(dated.name_bits, 1)) as last_name,
        (101 + floor(x(dated.name_bits, 2) * 800))::integer as unit,
        (12 * (900 + 10 * floor(x(dated.name_bits, 3) * 160)))::integer as annual_rent,
        dated.arrived_on,
        dated.decided_on,
        dated.moved_in_on
    from dated
    inner join places
        on dated.property_no = places.property_no
    cross join wheels

)

select * from final;


create or replace table raw.customers as
select
    customer_id,
    first_name || ' ' || last_name as customer_name,
    lower(first_name || '.' || last_name) || '.' || customer_no || '@example.com' as email
from people;
