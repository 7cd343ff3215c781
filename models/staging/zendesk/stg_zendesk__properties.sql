-- stg_zendesk__properties: one row per raw row of organisations, read and judged.
with

raw_organizations as (

    select * from {{ raw_table('zendesk', 'organization') }}
    {{ not_yet_read() }}

),

read as (

    select
        {{ clean_text('id') }} as property_id,
        {{ clean_text('name') }} as property_name,
        {{ zendesk_copy_columns('updated_at') }},
        {{ lineage_columns('raw_organizations') }}
    from raw_organizations

),

typed as (

    select
        *,
        {{ utc_timestamp('updated_at_text') }} as updated_at,
        {{ flag('deleted_text') }} as is_deleted
    from read

),

judged as (

    select
        *,
        case
            when property_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
        end as reason
    from typed

),

judged_rows as (

    select
        property_id,
        property_name,
        cast(null as string) as region,
        cast(null as integer) as units,
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
