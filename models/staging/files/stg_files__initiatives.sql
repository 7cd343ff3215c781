-- stg_files__initiatives: one row per raw row of initiatives, read and judged.
with

raw_initiatives as (

    select * from {{ raw_table('files', 'initiatives') }}
    {{ not_yet_read() }}

),

typed as (

    select
        {{ clean_text('initiative_id') }} as initiative_id,
        {{ clean_text('property_id') }} as property_id,
        {{ clean_text('initiative_name') }} as initiative_name,
        {{ clean_text('ended_on') }} as ended_on_text,
        cast({{ local_timestamp(clean_text('started_on')) }} as date) as started_on,
        cast({{ local_timestamp(clean_text('ended_on')) }} as date) as ended_on,
        {{ raw_columns('raw_initiatives') }}
    from raw_initiatives

),

judged as (

    select
        *,
        case
            when initiative_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when property_id is null then 'missing_property'
            when started_on is null then 'unreadable_timestamp'
            when ended_on_text is not null and ended_on is null then 'unreadable_timestamp'
            when ended_on < started_on then 'ends_before_it_starts'
        end as reason
    from typed

),

judged_rows as (

    select
        initiative_id,
        property_id,
        initiative_name,
        started_on,
        ended_on,
        {{ judged_columns('initiative_id') }}
    from judged

),

{{ settled(
    columns=[
        'initiative_id',
        'property_id',
        'initiative_name',
        'started_on',
        'ended_on',
    ],
    key=['initiative_id'],
) }}

select * from settled
