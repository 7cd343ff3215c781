-- What the bodies of raw interactions say, one row per body: the readings that staging takes over.
with

texts as (

    select distinct
        body as text_key,
        body
    from {{ source('files', 'interactions') }}
    where body is not null

),

{{ text_readings() }}

select * from text_readings
