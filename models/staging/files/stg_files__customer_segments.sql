-- stg_files__customer_segments: one row per raw row of customer_segments, read and judged.
with

raw_customer_segments as (

    select * from {{ raw_table('files', 'customer_segments') }}
    {{ not_yet_read() }}

),

segments as (

    select distinct segment from {{ ref('factor_weights') }}

),

typed as (

    select
        {{ clean_text('customer_id') }} as customer_id,
        {{ clean_text('property_id') }} as property_id,
        lower({{ clean_text('segment') }}) as segment,
        {{ clean_text('ended_on') }} as ended_on_text,
        cast({{ local_timestamp(clean_text('started_on')) }} as date) as started_on,
        cast({{ local_timestamp(clean_text('ended_on')) }} as date) as ended_on,
        {{ raw_columns('raw_customer_segments') }}
    from raw_customer_segments

),

judged as (

    select
        typed.*,
        case
            when typed.customer_id is null then 'missing_customer'
            when typed.started_on is null then 'unreadable_timestamp'
            {{ reasons_of_a_copy() }}
            when segments.segment is null then 'unknown_segment'
            when typed.ended_on_text is not null and typed.ended_on is null then 'unreadable_timestamp'
            when typed.ended_on < typed.started_on then 'ends_before_it_starts'
        end as reason
    from typed
    left join segments
        on typed.segment = segments.segment

),

judged_rows as (

    select
        customer_id,
        property_id,
        segment,
        started_on,
        ended_on,
        {{ judged_columns("concat_ws(', ', customer_id, cast(started_on as string))") }}
    from judged

),

{{ settled(
    columns=[
        'customer_id',
        'property_id',
        'segment',
        'started_on',
        'ended_on',
    ],
    key=['customer_id', 'started_on'],
    settled_with=['customer_id'],
) }},

with_next as (

    select
        *,
        lead(started_on) over (
            partition by customer_id, row_status
            order by started_on, _load_id, _file, _row
        ) as next_started_on
    from settled

),

final as (

    select
        customer_id,
        property_id,
        segment,
        started_on,
        ended_on,
        record_key,
        dated_on,
        reason,
        case when row_status = 'used' and ended_on > next_started_on then 'overlapping_interval' end as repairs,
        original_row,
        is_deleted,
        updated_at,
        _load_id,
        _loaded_at,
        _file,
        _row,
        copies_key,
        row_status,
        superseded_by_load_id
    from with_next

)

select * from final
