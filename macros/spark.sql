{# What dbt does for every engine, done for Spark as this project needs it: dbt calls these macros by their names. #}

{# Names of types as the project spells them, where Spark spells them otherwise: it has no unsigned numbers. #}
{% macro spark_type(data_type) -%}
    {{ return({'ubigint': 'decimal(20, 0)'}.get(data_type, data_type)) }}
{%- endmacro %}

{# A contract's columns, of no rows. #}
{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set types = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do types.update({name: dict(column, data_type=spark_type(column['data_type']))}) -%}
    {%- endfor -%}
    {{ return(default__get_empty_schema_sql(types)) }}
{%- endmacro %}

{# A seed, by Spark's reader: dbt's own rows of literals would need hours of parsing, and know no apostrophe. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do columns.append(name ~ ' ' ~ types.get(name, 'string')) -%}
    {%- endfor -%}
    {%- call statement('seed_rows') -%}
        create or replace temporary view seed_rows ({{ columns | join(', ') }})
        using csv
        options (
            path '{{ model['root_path'] }}/{{ model['original_file_path'] }}',
            header 'true', quote '"', escape '"', multiline 'true', mode 'FAILFAST'
        )
    {%- endcall -%}
    {%- set insert -%} insert into {{ this }} select * from seed_rows {%- endset -%}
    {%- do run_query(insert) -%}
    {{ return(insert) }}
{%- endmacro %}

{# Strings have no escapes (profiles.yml), not even of their quotes. #}
{% macro spark__escape_single_quotes(expression) -%} {{ expression | replace("'", "' || chr(39) || '") }} {%- endmacro %}

{# dbt-spark knows four strategies; ours are their own (macros/increments.sql). #}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) -%}
    {{ return(raw_strategy) }}
{%- endmacro %}
