-- stg_control__score_window: one row, always: the days to score, the last load there is, and both as the last build
-- that finished knew them; null before the first run.
{%- set sources = graph.sources.values() if execute else [] %}
{%- set raw_tables = sources | selectattr('source_name', 'in', var('source_kinds')) | list %}
with

score_window as (

    select * from {{ source('control', 'score_window') }}

),

last_build as (

    select * from {{ source('control', 'last_build') }}
    -- A rebuild knows of none.
    where {{ 'false' if flags.FULL_REFRESH else 'true' }}

),

loads as (
    {% for table in raw_tables %}
    select max(_load_id) as load_id
    from {{ table.relation_name }}
    union all
    {%- endfor %}
    select 0 as load_id
),

one_row as (

    select
        (select max(first_scored_on) from score_window) as first_scored_on,
        (select max(as_of) from score_window) as as_of,
        (select max(load_id) from loads) as load_id,
        (select max(first_scored_on) from last_build) as built_first_scored_on,
        (select max(as_of) from last_build) as built_as_of,
        (select max(load_id) from last_build) as built_load_id

)

select * from one_row
