{# The raw rows of one key are copies of one row. These macros read, judge and settle them, the same way for every table.
   A model that keeps what it settled is incremental with the strategy `copies`. #}

{# What a raw row says of itself, and where it came from. #}
{% macro raw_columns(relation) -%}
    {{ clean_text('updated_at') }} as updated_at_text,
    {{ utc_timestamp(clean_text('updated_at')) }} as updated_at,
    {{ clean_text('_deleted') }} as deleted_text,
    {{ flag(clean_text('_deleted')) }} as is_deleted,
    {{ lineage_columns(relation) }}
{%- endmacro %}

{% macro lineage_columns(relation) -%}
    {{ whole_row(relation) }} as raw_row,
    _load_id,
    _loaded_at,
    _file,
    _row
{%- endmacro %}

{# All columns of a row, as one value. #}
{% macro whole_row(relation) -%} {{ return(adapter.dispatch('whole_row', 'rapport')(relation)) }} {%- endmacro %}

{% macro default__whole_row(relation) -%} {{ relation }} {%- endmacro %}

{% macro spark__whole_row(relation) -%} struct({{ relation }}.*) {%- endmacro %}

{# Of the raw rows those that no finished build has read. #}
{% macro not_yet_read() -%}
    {%- if is_incremental() -%}
    where _load_id > (select coalesce(max(built_load_id), 0) from {{ ref('stg_control__score_window') }})
    {%- endif -%}
{%- endmacro %}

{# The reasons that every table has in front of its own. A row that withdraws another is judged on no more than these. #}
{% macro reasons_of_a_copy() -%}
    when updated_at_text is not null and updated_at is null then 'unreadable_timestamp'
    when deleted_text is not null and is_deleted is null then 'unreadable_flag'
    when is_deleted then null
{%- endmacro %}

{# What every judged row keeps beside its own columns; the row as it came only where it was rejected, but for its texts, which
   are masked. raw_rows: of a model that reads several tables one column each, of which a row has one. #}
{% macro judged_columns(record_key, dated_on='null', repairs='null', texts=[], raw_rows=['raw_row']) -%}
    {{ record_key }} as record_key,
    cast({{ dated_on }} as date) as dated_on,
    reason,
    nullif(cast({{ repairs }} as string), '') as repairs,
    case
        {%- for raw_row in raw_rows %}
        when reason is not null and {{ raw_row }} is not null then {{ row_as_it_came(raw_row, texts) }}
        {%- endfor %}
    end as original_row,
    coalesce(is_deleted, false) as is_deleted,
    updated_at,
    _load_id,
    _loaded_at,
    _file,
    _row
{%- endmacro %}

{% macro judged_column_names() -%}
    {{ return([
        'record_key',
        'dated_on',
        'reason',
        'repairs',
        'original_row',
        'is_deleted',
        'updated_at',
        '_load_id',
        '_loaded_at',
        '_file',
        '_row',
    ]) }}
{%- endmacro %}

{# CTEs that end in `settled`: the rows of the CTE `judged_rows` with their one fate, row_status, and the first load that brought
   a newer copy, superseded_by_load_id. Of the readable copies of a key the newest counts. Kept rows with a key that came
   again are settled anew, all those of one `copies_key`, and so are rows whose day has come.
   settled_with: the columns whose rows are settled together, if they are fewer than the key's. #}
{% macro settled(columns, key, settled_with=none) -%}
{%- set names = columns + judged_column_names() -%}
score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

keyed_rows as (

    select
        *,
        {{ hashed(settled_with or key) }} as copies_key
    from judged_rows

),
{% if is_incremental() %}
touched_keys as (

    select copies_key
    from keyed_rows
    where reason is null

    union distinct

    select kept.copies_key
    from {{ this }} as kept
    inner join score_window
        on
            kept.dated_on > score_window.built_as_of
            and kept.dated_on <= score_window.as_of
    where kept.reason is null

),

-- Found by their number alone before the rows are read as a whole: mostly there are few.
kept_keys as (

    select distinct kept.copies_key
    from {{ this }} as kept
    inner join touched_keys
        on kept.copies_key = touched_keys.copies_key

),
{% endif %}
copies as (

    select
        {{ names | join(',\n        ') }},
        copies_key
    from keyed_rows
    {%- if is_incremental() %}

    union all

    select
        kept.{{ names | join(',\n        kept.') }},
        kept.copies_key
    from {{ this }} as kept
    inner join kept_keys
        on kept.copies_key = kept_keys.copies_key
    inner join score_window
        on kept._load_id <= score_window.built_load_id
    {%- endif %}

),

repeated_keys as (

    select {{ key | join(', ') }}
    from copies
    where reason is null
    group by {{ key | join(', ') }}
    having count(*) > 1

),

numbered as (

    select
        copies.*,
        1 as copy_number,
        cast(null as bigint) as superseded_by_load_id
    from copies
    left join repeated_keys
        on
            copies.reason is null
            {%- for column in key %}
            and copies.{{ column }} is not distinct from repeated_keys.{{ column }}
            {%- endfor %}
    where repeated_keys.{{ key[0] }} is null

    union all

    select
        copies.*,
        row_number() over (
            partition by copies.{{ key | join(', copies.') }}
            order by copies.updated_at desc nulls last, copies._load_id desc, copies._file desc, copies._row desc
        ) as copy_number,
        min(copies._load_id) over (
            partition by copies.{{ key | join(', copies.') }}
            order by copies.updated_at desc nulls last, copies._load_id desc, copies._file desc, copies._row desc
            rows between unbounded preceding and 1 preceding
        ) as superseded_by_load_id
    from copies
    inner join repeated_keys
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}copies.{{ column }} is not distinct from repeated_keys.{{ column }}
            {%- endfor %}
    where copies.reason is null

),

settled as (

    select
        numbered.{{ names | join(',\n        numbered.') }},
        numbered.copies_key,
        case
            when numbered.reason is not null then 'rejected'
            when numbered.copy_number > 1 then 'older_copy'
            when numbered.is_deleted then 'withdrawn'
            when numbered.dated_on > score_window.as_of then 'waiting'
            else 'used'
        end as row_status,
        numbered.superseded_by_load_id
    from numbered
    cross join score_window

)
{%- endmacro %}

{# A raw row as JSON, without what the loader added: two loads of one file show the same. texts: columns at hand that take the
   place of the row's own. #}
{% macro row_as_it_came(raw_row, texts=[]) -%}
    {{ return(adapter.dispatch('row_as_it_came', 'rapport')(raw_row, texts)) }}
{%- endmacro %}

{% macro default__row_as_it_came(raw_row, texts) -%}
    cast(
        json_merge_patch(
            to_json({{ raw_row }}),
            '{"_load_id": null, "_loaded_at": null, "_file": null, "_row": null}'
            {%- for text in texts %},
            case when {{ text }} is null then '{}' else json_object('{{ text }}', {{ text }}) end
            {%- endfor %}
        ) as string
    )
{%- endmacro %}

{# A map keeps the order of the columns, and all that a raw row says is text. #}
{% macro spark__row_as_it_came(raw_row, texts) -%}
    to_json(
        transform_values(
            map_filter(
                from_json(to_json({{ raw_row }}, map('ignoreNullFields', 'false')), 'map<string, string>'),
                (name, value) -> name not in ('_load_id', '_loaded_at', '_file', '_row')
            ),
            (name, value) -> case when name is null then value
                {%- for text in texts %}
                when name = '{{ text }}' and {{ text }} is not null then {{ text }}
                {%- endfor %}
                else value
            end
        )
    )
{%- endmacro %}

{# The columns that raw_rows shows of every judged row. #}
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
