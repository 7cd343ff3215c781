{# What is different inside another dbt project (docs/install-as-a-package.md): there are no tables of the loader, and none is
   made. The project names relations of its own, of any types, with some of the columns. #}

{% macro is_a_package() -%} {{ return(project_name != 'rapport') }} {%- endmacro %}

{# A raw table, as staging reads it. #}
{% macro raw_table(kind, table) -%}
    {%- if not is_a_package() -%} {{ return(source(kind, table)) }} {%- endif -%}
    {%- do source(kind, table) -%}
    {{ return(as_raw_rows(kind, table)) }}
{%- endmacro %}

{# A table of schema control, as staging reads it: without the runner there is what the last build left, and which days to
   score is the project's to say. #}
{% macro control_table(table) -%}
    {%- if not is_a_package() -%} {{ return(source('control', table)) }} {%- endif -%}
    {%- do source('control', table) -%}
    {%- set columns = declared_columns('control', table) -%}
    {%- if table == 'score_window' -%} {{ return(given_score_window(columns)) }} {%- endif -%}
    {%- set relation = load_cached_relation(stored(table)) if execute and table == 'last_build' else none -%}
    {{ return(relation or no_rows(columns)) }}
{%- endmacro %}

{# var score_window: a relation, or two days. #}
{% macro given_score_window(columns) -%}
    {%- set given = var('score_window', none) -%}
    {%- if given is mapping -%}
        {%- set dates -%}
        (select date '{{ given["first_scored_on"] }}' as first_scored_on, date '{{ given["as_of"] }}' as as_of)
        {%- endset -%}
        {{ return(dates) }}
    {%- endif -%}
    {{ return(named_relation(given) if given else no_rows(columns)) }}
{%- endmacro %}

{# The relation that holds a raw table: {relation, is_needed}, or none. var source_relations has by kind either a schema, in
   which every table has its own name, or relations by table. #}
{% macro given_relation(kind, table) -%}
    {%- set given = var('source_relations', {}).get(kind) -%}
    {%- if given is string -%}
        {{ return({'relation': named_relation(given ~ '.' ~ table), 'is_needed': false}) }}
    {%- elif given and given.get(table) -%}
        {{ return({'relation': named_relation(given[table]), 'is_needed': true}) }}
    {%- endif -%}
{%- endmacro %}

{# A relation by its name in vars: ref('model'), source('name', 'table'), schema.table or database.schema.table. A model is the
   project's own, also where Rapport has one of that name. #}
{% macro named_relation(name) -%}
    {%- set name = name.strip('{} ') -%}
    {%- set parts = modules.re.findall('[^\\s.,()\'"]+', name) -%}
    {%- if '(' not in name -%}
        {{ return(api.Relation.create(
            database=parts[-3] if parts | length > 2 else target.database, schema=parts[-2], identifier=parts[-1]
        )) }}
    {%- elif parts[0] == 'ref' -%}
        {{ return(ref(parts[1], parts[2]) if parts | length > 2 else ref(project_name, parts[1])) }}
    {%- else -%}
        {{ return(source(parts[1], parts[2])) }}
    {%- endif -%}
{%- endmacro %}

{# Said while dbt parses: which models a node reads that names them in no other way. #}
{% macro reads_given_relations() -%}
    {%- for kind, given in var('source_relations', {}).items() if given is mapping -%}
        {%- for name in given.values() -%} {%- do named_relation(name) -%} {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{# The columns that the YAML declares: {name: type}. #}
{% macro declared_columns(kind, table) -%}
    {%- set columns = {} -%}
    {%- if execute -%}
        {%- for name, column in graph.sources['source.rapport.' ~ kind ~ '.' ~ table].columns.items() -%}
            {%- do columns.update({name: column.data_type or 'string'}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro no_rows(columns) -%}
    (
        select
            {%- for name, type in columns.items() %}
            cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        where false
    )
{%- endmacro %}

{# A relation of the project's own in the shape of a raw table: all values as text, what it has not as null. A row's number is
   its place among those of its load, so that of two copies of one row always the same one counts. Which load brought it,
   the column that var loaded_at names for the kind tells, in microseconds; without one the whole relation is one load. #}
{% macro as_raw_rows(kind, table) -%}
    {%- set declared = declared_columns(kind, table) -%}
    {%- set given = given_relation(kind, table) -%}
    {%- if not execute -%} {{ return('') }} {%- endif -%}
    {%- set relation = load_relation(given['relation']) if given else none -%}
    {%- if not relation and given and given['is_needed'] and flags.WHICH in ('build', 'run', 'test') -%}
        {%- do exceptions.raise_compiler_error(
            'var source_relations: ' ~ kind ~ ' takes ' ~ table ~ ' from ' ~ given['relation'] ~ ', which is not there.'
        ) -%}
    {%- elif not relation -%}
        {{ return(no_rows(declared)) }}
    {%- endif -%}
    {%- set present = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do present.update({column.name | lower: adapter.quote(column.name)}) -%}
    {%- endfor -%}
    {%- set table_node = graph.sources['source.rapport.' ~ kind ~ '.' ~ table] -%}
    {%- for name, column in table_node.columns.items() if meta_of(column).get('needed') and name not in present -%}
        {%- do exceptions.raise_compiler_error(
            relation ~ ', which source_relations names for ' ~ kind ~ '.' ~ table ~ ', has no column ' ~ name ~ '.'
        ) -%}
    {%- endfor -%}
    {%- set loaded_at = present.get((var('loaded_at', {}).get(kind) or '') | lower) -%}
    {%- if var('loaded_at', {}).get(kind) and not loaded_at -%}
        {%- do exceptions.raise_compiler_error(
            relation ~ ' has no column ' ~ var('loaded_at')[kind] ~ ', which var loaded_at names for ' ~ kind ~ '.'
        ) -%}
    {%- endif -%}
    {%- set data = declared.keys() | reject('in', ['_load_id', '_loaded_at', '_file', '_row']) | list -%}
    {%- set rows -%}
    (
        select
            landed.*,
            row_number() over (partition by landed._load_id order by landed.{{ data | join(', landed.') }}) as _row
        from (
            select
                {%- for name in data %}
                cast({{ present.get(name, 'null') }} as string) as {{ name }},
                {%- endfor %}
                cast({{ microseconds(loaded_at) if loaded_at else 1 }} as bigint) as _load_id,
                cast({{ loaded_at or 'null' }} as timestamp) as _loaded_at,
                '{{ relation.schema }}.{{ relation.identifier }}' as _file
            from {{ relation }}
        ) as landed
    )
    {%- endset -%}
    {{ return(rows) }}
{%- endmacro %}

{% macro meta_of(column) -%} {{ return(column.get('config', {}).get('meta') or column.get('meta') or {}) }} {%- endmacro %}

{# Microseconds since 1970 of an instant. #}
{% macro microseconds(instant) -%} {{ return(adapter.dispatch('microseconds', 'rapport')(instant)) }} {%- endmacro %}

{% macro default__microseconds(instant) -%} epoch_us(cast({{ instant }} as timestamp)) {%- endmacro %}

{# All raw tables of the kinds that are read: {kind, label, keeps_all, rows}. The label is what raw_rows calls it; keeps_all,
   whether every row that was ever read is there still. #}
{% macro all_raw_tables() -%}
    {%- set tables = [] -%}
    {%- for table in (graph.sources.values() if execute else []) if table.source_name in var('source_kinds') -%}
        {%- do tables.append({
            'kind': table.source_name,
            'label': table.identifier,
            'keeps_all': table.source_name not in var('loaded_at', {}),
            'rows': as_raw_rows(table.source_name, table.name)
                if is_a_package() and table.package_name == 'rapport' else table.relation_name,
        }) -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}

{# Of a relation that replaces its rows in place: those that staging has, and those that are there and that it has not. #}
{% macro rows_ever_read(table) -%}
    {%- set judged -%}
    from {{ ref('raw_rows') }} where source_kind = '{{ table.kind }}' and raw_table = '{{ table.label }}'
    {%- endset -%}
    (select count(*) {{ judged }}) + (
        select count(*) from (
            select _load_id, _row from {{ table.rows }}
            except
            select _load_id, _row {{ judged }}
        ) as missed
    )
{%- endmacro %}

{# Before anything is built inside another project: as in ours, but that no table is made, and that most builds may be of
   something else. #}
{% macro prepare_as_a_package() %}
    {% set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | list %}
    {% set ours = models | selectattr('package_name', 'equalto', 'rapport') | list %}
    {% set selected = ours | selectattr('unique_id', 'in', selected_resources) | list %}
    {% if selected %} {% do no_name_is_taken(models, ours) %} {% endif %}
    {% if selected and flags.WHICH in ('build', 'run') %}
        {% set last_build = load_cached_relation(stored('last_build')) %}
        {% if last_build and reads_whole_relations() %}
            {% do empty(last_build) %}
        {% endif %}
        {% do forget_unfinished_build(last_build, selected) if last_build else drop_models(selected) %}
    {% endif %}
{% endmacro %}

{# Whether some kind does not say what is new: then every build begins from nothing. #}
{% macro reads_whole_relations() -%}
    {%- for kind in var('source_relations', {}) if kind in var('source_kinds') and not var('loaded_at', {}).get(kind) -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{# A model of the project with the name of one of ours would be read in its place, unless dbt is told otherwise. Staging alone
   reads the project's own. #}
{% macro no_name_is_taken(models, ours) %}
    {% set names = ours | map(attribute='name') | list %}
    {% for theirs in models if theirs.package_name != 'rapport' and theirs.name in names %}
        {% for node in ours if theirs.unique_id in node.depends_on.nodes and node.fqn[1] != 'staging' %}
            {% do exceptions.raise_compiler_error(
                'Rapport has a model ' ~ theirs.name ~ ' as well, and dbt reads yours in its place. Put into dbt_project.yml: '
                ~ 'flags: {require_ref_searches_node_package_before_root: true}, or name your model otherwise.'
            ) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}
