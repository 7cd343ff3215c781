{# Before anything is built. Every table that the project reads exists, if empty, with the columns that it has today, so that
   `dbt build` works on no data at all, and on a warehouse of an older version. #}
{% macro prepare_warehouse() %}
    {% if execute and flags.WHICH in ('build', 'run', 'seed', 'test') %}
        {% for source in graph.sources.values() if source.package_name == project_name %}
            {% set columns = {} %}
            {% for column in source.columns.values() %}
                {% do columns.update({column.name: adapter.quote(column.name) ~ ' ' ~ (column.data_type or 'string')}) %}
            {% endfor %}
            {% set relation = api.Relation.create(
                database=source.database, schema=source.schema, identifier=source.identifier, type='table'
            ) %}
            {% do run_query('create schema if not exists ' ~ source.schema) %}
            {% do run_query('create table if not exists ' ~ relation ~ ' (' ~ columns.values() | join(', ') ~ ')') %}
            {% set present = run_query(
                "select column_name from information_schema.columns where table_schema = '" ~ source.schema
                ~ "' and table_name = '" ~ source.identifier ~ "'"
            ).columns[0].values() %}
            {% for name, column in columns.items() if name not in present %}
                {% do run_query('alter table ' ~ relation ~ ' add column ' ~ column) %}
            {% endfor %}
            {# The model last_build replaces one of them: dbt must know that it is there. #}
            {% do adapter.cache_added(relation) %}
        {% endfor %}
        {% if flags.WHICH in ('build', 'run', 'seed') %} {% do run_query('delete from control.built_project') %} {% endif %}
        {% if flags.WHICH in ('build', 'run') %} {% do forget_unfinished_build() %} {% endif %}
    {% endif %}
{% endmacro %}

{# Increments go on from a build that finished, with tables as they are today. Where there is none, as after a rebuild that was
   killed half-way, all is made anew. A rebuild replaces the tables one by one: if it fails, the rest is as it was. #}
{% macro forget_unfinished_build() %}
    {% if flags.FULL_REFRESH %}
        {% do run_query('delete from control.last_build') %}
    {% endif %}
    {% do run_query(
        "delete from control.last_build where tables_version is distinct from '" ~ tables_version() ~ "'"
    ) %}
    {% if not flags.FULL_REFRESH and run_query('select count(*) from control.last_build').columns[0].values()[0] == 0 %}
        {% for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == project_name %}
            {% set relation = load_cached_relation(
                api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)
            ) %}
            {% if relation and node.name != 'last_build' %}
                {% do adapter.drop_relation(relation) %}
            {% endif %}
        {% endfor %}
    {% endif %}
{% endmacro %}
