-- stg_control__score_window: one row, always: the days to score, the last load there is, and both as the last build
-- that finished knew them; null before the first run.
{%- do reads_given_relations() %}
with

score_window as (

    select * from {{ control_table('score_window') }}

),

last_build as (

    select * from {{ control_table('last_build') }}
    -- A rebuild knows of none.
    where {{ 'false' if should_full_refresh() else 'true' }}

),

loads as (
    {% for table in all_raw_tables() %}
    select max(_load_id) as load_id
    from {{ table.rows }}
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
