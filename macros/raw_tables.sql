{# Before anything is built. Every table that the project reads exists, if empty, with the columns that it has today, so that
   `dbt build` works on no data at all, and on a warehouse of an older version. #}
{% macro prepare_warehouse() %}
    {% if execute and is_a_package() %}
        {% do prepare_as_a_package() %}
    {% elif execute and flags.WHICH in ('build', 'run', 'seed', 'test') %}
        {% for source in graph.sources.values() %}
            {% set columns = {} %}
            {% for column in source.columns.values() %}
                {% do columns.update({column.name: adapter.quote(column.name) ~ ' ' ~ (column.data_type or 'string')}) %}
            {% endfor %}
            {% set relation = api.Relation.create(
                database=source.database, schema=source.schema, identifier=source.identifier, type='table'
            ) %}
            {% do run_query('create schema if not exists ' ~ source.schema) %}
            {% do run_query('create table if not exists ' ~ relation ~ ' (' ~ columns.values() | join(', ') ~ ')') %}
            {% set present = names_of_columns(relation) %}
            {% for name, column in columns.items() if name not in present %}
                {% do run_query('alter table ' ~ relation ~ ' add column ' ~ column) %}
            {% endfor %}
            {# The model last_build replaces one of them: dbt must know that it is there. #}
            {% do adapter.cache_added(relation) %}
        {% endfor %}
        {% if flags.WHICH in ('build', 'run', 'seed') %} {% do empty('control.built_project') %} {% endif %}
        {% if flags.WHICH in ('build', 'run') %}
            {% do forget_unfinished_build(
                'control.last_build', graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | list
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}

{# Increments go on from a build that finished, with tables as they are today. Where there is none, as after a rebuild that was
   killed half-way, all is made anew, and on some engines most tables always are. A rebuild replaces the tables one by one: if it fails, the
   rest is as it was. #}
{% macro forget_unfinished_build(last_build, models) %}
    {% set usable = run_query(
        'select count(*) from ' ~ last_build ~ " where tables_version = '" ~ tables_version() ~ "'"
    ).columns[0].values()[0] %}
    {% if flags.FULL_REFRESH or not usable %}
        {% do empty(last_build) %}
    {% endif %}
    {% if not flags.FULL_REFRESH %}
        {% do drop_models(made_anew(models) if usable else models) %}
    {% endif %}
{% endmacro %}

{% macro drop_models(models) %}
    {% for node in models %}
        {% set relation = load_cached_relation(
            api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)
        ) %}
        {% if relation and node.name != 'last_build' %}
            {% do adapter.drop_relation(relation) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{# Which columns a table has. #}
{% macro names_of_columns(relation) -%} {{ return(adapter.dispatch('names_of_columns', 'rapport')(relation)) }} {%- endmacro %}

{# dbt's own way rolls back what the hook has done until then. #}
{% macro default__names_of_columns(relation) -%}
    {{ return(run_query(
        "select column_name from information_schema.columns where table_schema = '" ~ relation.schema
        ~ "' and table_name = '" ~ relation.identifier ~ "'"
    ).columns[0].values()) }}
{%- endmacro %}

{% macro spark__names_of_columns(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
{%- endmacro %}

{# Takes all rows out of a table. #}
{% macro empty(relation) -%} {{ return(adapter.dispatch('empty', 'rapport')(relation)) }} {%- endmacro %}

{% macro default__empty(relation) -%} {% do run_query('delete from ' ~ relation) %} {%- endmacro %}

{% macro spark__empty(relation) -%} {% do run_query('truncate table ' ~ relation) %} {%- endmacro %}

{# Of the models those that this build makes anew, though there was another. #}
{% macro made_anew(models) -%} {{ return(adapter.dispatch('made_anew', 'rapport')(models)) }} {%- endmacro %}

{% macro default__made_anew(models) -%} {{ return([]) }} {%- endmacro %}

{# Tables in Parquet know no delete and no transaction: what replaces single rows is made anew, what has partitions is not. #}
{% macro spark__made_anew(models) -%}
    {{ return(
        models
        | selectattr('unique_id', 'in', selected_resources)
        | selectattr('config.materialized', 'equalto', 'incremental')
        | rejectattr('config.incremental_strategy', 'equalto', 'append') | list
    ) }}
{%- endmacro %}
