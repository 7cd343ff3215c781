{# The staging models of one entity, over all kinds of source that give it (var source_kinds), as one. #}
{% macro union_sources(entity, columns) -%}
    {%- set kinds = kinds_with(entity) -%}
    {%- if not kinds -%}
        {%- do exceptions.raise_compiler_error('var source_kinds: no kind of source gives ' ~ entity ~ '. Leave `files` as it is.') -%}
    {%- endif -%}
    {%- for kind in kinds %}
    select
        '{{ kind }}' as source_kind,
        {{ columns | join(',\n        ') }}
    from {{ ref('stg_' ~ kind ~ '__' ~ entity) }}
    {{ 'union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro kinds_with(entity) -%}
    {%- set kinds = [] -%}
    {%- for kind, entities in var('source_kinds').items() if entity in entities -%}
        {%- do kinds.append(kind) -%}
    {%- endfor -%}
    {{ return(kinds) }}
{%- endmacro %}

{# What is new since the last build, by customer and day. All customers of a kind of source that does not say are new,
   from the beginning of time: right, but each run costs as much as the first. #}
{% macro union_changes() -%}
    {%- for kind, entities in var('source_kinds').items() %}
    {%- if 'changes' in entities %}
    select
        customer_id,
        changed_on
    from {{ ref('stg_' ~ kind ~ '__changes') }}
    {%- else %}
    {%- for entity in ['interactions', 'issues', 'customer_segments', 'customers'] if entity in entities %}
    select
        customer_id,
        date '0001-01-01' as changed_on
    from {{ ref('stg_' ~ kind ~ '__' ~ entity) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
