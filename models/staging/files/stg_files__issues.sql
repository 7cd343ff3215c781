-- stg_files__issues: one row per raw row of issues, read and judged.
with

raw_issues as (

    select * from {{ raw_table('files', 'issues') }}
    {{ not_yet_read() }}

),

typed as (

    select
        {{ clean_text('issue_id') }} as issue_id,
        {{ clean_text('customer_id') }} as customer_id,
        {{ clean_text('issue_category') }} as issue_category,
        {{ clean_text('resolved_at') }} as resolved_at_text,
        {{ local_timestamp(clean_text('opened_at')) }} as opened_at,
        {{ local_timestamp(clean_text('resolved_at')) }} as resolved_at,
        {{ raw_columns('raw_issues') }}
    from raw_issues

),

judged as (

    select
        *,
        case
            when issue_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when customer_id is null then 'missing_customer'
            when opened_at is null then 'unreadable_timestamp'
            when resolved_at_text is not null and resolved_at is null then 'unreadable_timestamp'
        end as reason
    from typed

),

judged_rows as (

    select
        issue_id,
        customer_id,
        issue_category,
        opened_at,
        resolved_at,
        {{ judged_columns(
            'issue_id',
            dated_on='opened_at',
            repairs="case when resolved_at < opened_at then 'resolved_before_opened' else '' end",
        ) }}
    from judged

),

{{ settled(
    columns=[
        'issue_id',
        'customer_id',
        'issue_category',
        'opened_at',
        'resolved_at',
    ],
    key=['issue_id'],
) }}

select * from settled
