-- Rows loaded = used + waiting + older copies + withdrawn + rejected, for every table; counted in the raw tables
-- themselves as well, because a row that staging lost would be missing on both sides of the equation. Where a relation
-- replaces its rows in place, staging has those as well that were replaced.
-- depends_on: {{ ref('load_summary') }}
{% do reads_given_relations() %}
with

raw_counts as (
    {%- for table in all_raw_tables() %}
    select
        '{{ table.kind }}' as source_kind,
        '{{ table.label }}' as raw_table,
        {{ 'count(*)' if table.keeps_all else rows_ever_read(table) }} as loaded
    from {{ table.rows }}
    having count(*) > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

judged_counts as (

    select
        source_kind,
        raw_table,
        sum(case when row_status = 'used' then 1 else 0 end) as used,
        sum(case when row_status = 'waiting' then 1 else 0 end) as waiting,
        sum(case when row_status = 'older_copy' then 1 else 0 end) as older_copies,
        sum(case when row_status = 'withdrawn' then 1 else 0 end) as withdrawn,
        sum(case when row_status = 'rejected' then 1 else 0 end) as rejected
    from {{ ref('raw_rows') }}
    group by source_kind, raw_table

),

compared as (

    select
        coalesce(load_summary.source_kind, raw_counts.source_kind) as source_kind,
        coalesce(load_summary.raw_table, raw_counts.raw_table) as raw_table,
        raw_counts.loaded as rows_in_the_raw_table,
        load_summary.loaded,
        load_summary.used
        + load_summary.waiting
        + load_summary.older_copies
        + load_summary.withdrawn
        + load_summary.rejected as fates,
        load_summary.used = judged_counts.used
        and load_summary.waiting = judged_counts.waiting
        and load_summary.older_copies = judged_counts.older_copies
        and load_summary.withdrawn = judged_counts.withdrawn
        and load_summary.rejected = judged_counts.rejected as is_counted_right
    from {{ ref('load_summary') }} as load_summary
    full join raw_counts
        on
            load_summary.source_kind = raw_counts.source_kind
            and load_summary.raw_table = raw_counts.raw_table
    left join judged_counts
        on
            load_summary.source_kind = judged_counts.source_kind
            and load_summary.raw_table = judged_counts.raw_table

)

select * from compared
where not coalesce(loaded = rows_in_the_raw_table and loaded = fates and is_counted_right, false)
