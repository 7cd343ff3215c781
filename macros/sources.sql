{# The staging models of one entity, over all kinds of source that give it (var source_kinds), as one. #}
{% macro union_sources(entity, columns) -%}
    {%- set kinds = [] -%}
    {%- for kind, entities in var('source_kinds').items() if entity in entities -%}
        {%- do kinds.append(kind) -%}
    {%- endfor -%}
    {%- for kind in kinds %}
    select
        '{{ kind }}' as source_kind,
        {{ columns | join(',\n        ') }}
    from {{ ref('stg_' ~ kind ~ '__' ~ entity) }}
    {{ 'union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
