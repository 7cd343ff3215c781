{# A model's schema is the one that its folder names, without the target's schema before it: BI tools read `marts`. Inside
   another project it is what that project's own macro says, or dbt's: the target's schema stands before it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set theirs = context.get(project_name, {}).get('generate_schema_name') -%}
    {%- if project_name == 'rapport' -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
    {%- elif theirs -%}
    {{ theirs(custom_schema_name, node) }}
    {%- else -%}
    {{ default__generate_schema_name(custom_schema_name, node) }}
    {%- endif -%}
{%- endmacro %}
