-- stg_files__properties: one row per raw row of properties, read and judged.
with

raw_properties as (

    select * from {{ raw_table('files', 'properties') }}
    {{ not_yet_read() }}

),

typed as (

    select
        {{ clean_text('property_id') }} as property_id,
        {{ clean_text('property_name') }} as property_name,
        {{ clean_text('region') }} as region,
        {{ clean_text('units') }} as units_text,
        try_cast({{ clean_text('units') }} as integer) as units,
        {{ raw_columns('raw_properties') }}
    from raw_properties

),

judged as (

    select
        *,
        case
            when property_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when units_text is not null and units is null then 'unreadable_number'
        end as reason
    from typed

),

judged_rows as (

    select
        property_id,
        property_name,
        region,
        units,
        {{ judged_columns('property_id') }}
    from judged

),

{{ settled(
    columns=[
        'property_id',
        'property_name',
        'region',
        'units',
    ],
    key=['property_id'],
) }}

select * from settled
