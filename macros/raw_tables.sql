{# Every table that the project reads exists, if empty, so that `dbt build` works on no data at all. #}
{% macro create_raw_tables() %}
    {% if execute and flags.WHICH in ('build', 'run', 'seed', 'test') %}
        {% for source in graph.sources.values() if source.package_name == project_name %}
            {% set columns = [] %}
            {% for column in source.columns.values() %}
                {% do columns.append(adapter.quote(column.name) ~ ' ' ~ (column.data_type or 'varchar')) %}
            {% endfor %}
            {% do run_query('create schema if not exists ' ~ source.schema) %}
            {% do run_query(
                'create table if not exists ' ~ source.schema ~ '.' ~ source.identifier ~ ' (' ~ columns | join(', ') ~ ')'
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
