{# The raw rows of one key are copies of one row. These macros read, judge and rank them, the same way for every table. #}

{# What a raw row says of itself, and where it came from. #}
{% macro raw_columns(relation) -%}
    {{ clean_text('updated_at') }} as updated_at_text,
    {{ utc_timestamp(clean_text('updated_at')) }} as updated_at,
    {{ clean_text('_deleted') }} as deleted_text,
    {{ flag(clean_text('_deleted')) }} as is_deleted,
    {{ lineage_columns(relation) }}
{%- endmacro %}

{% macro lineage_columns(relation) -%}
    {{ relation }} as raw_row,
    _load_id,
    _loaded_at,
    _file,
    _row
{%- endmacro %}

{# The reasons that every table has in front of its own. A row that withdraws another is judged on no more than these. #}
{% macro reasons_of_a_copy() -%}
    when updated_at_text is not null and updated_at is null then 'unreadable_timestamp'
    when deleted_text is not null and is_deleted is null then 'unreadable_flag'
    when is_deleted then null
{%- endmacro %}

{# The one fate of a raw row. Of the readable copies of a key the newest counts. #}
{% macro row_status(key, dated_on=none) -%}
    case
        when reason is not null then 'rejected'
        when row_number() over (
            partition by {{ key | join(', ') }}, reason is null
            order by updated_at desc nulls last, _load_id desc, _file desc, _row desc
        ) > 1 then 'older_copy'
        when is_deleted then 'withdrawn'
        {%- if dated_on %}
        when {{ dated_on }} > as_of then 'waiting'
        {%- endif %}
        else 'used'
    end
{%- endmacro %}

{# The columns that raw_rows shows of every judged row; the row as it came only where it was rejected. #}
{% macro judged_columns(record_key, dated_on='null', repairs='null') -%}
    {{ record_key }} as record_key,
    cast({{ dated_on }} as date) as dated_on,
    row_status,
    reason,
    cast({{ repairs }} as varchar) as repairs,
    case when reason is not null then {{ row_as_it_came('raw_row') }} end as original_row,
    _load_id,
    _loaded_at,
    _file,
    _row
{%- endmacro %}

{# A raw row as JSON, without what the loader added: two loads of one file show the same. #}
{% macro row_as_it_came(raw_row) -%} {{ return(adapter.dispatch('row_as_it_came', 'rapport')(raw_row)) }} {%- endmacro %}

{% macro default__row_as_it_came(raw_row) -%}
    cast(
        json_merge_patch(
            to_json({{ raw_row }}),
            '{"_load_id": null, "_loaded_at": null, "_file": null, "_row": null}'
        ) as varchar
    )
{%- endmacro %}

{% macro judged_row_columns() -%}
    {{ return([
        'record_key',
        'dated_on',
        'row_status',
        'reason',
        'repairs',
        'original_row',
        '_load_id',
        '_loaded_at',
        '_file',
        '_row',
    ]) }}
{%- endmacro %}
