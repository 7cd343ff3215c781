{# Lists, which every engine has and each calls otherwise. The first value has place 1. #}

{# A list of texts. #}
{% macro list_of(texts) -%} {{ return(adapter.dispatch('list_of', 'rapport')(texts)) }} {%- endmacro %}

{% macro default__list_of(texts) -%} [{{ literals(texts) }}] {%- endmacro %}

{% macro spark__list_of(texts) -%} array({{ literals(texts) }}) {%- endmacro %}

{# How many values there are: null of no list. #}
{% macro length_of(values) -%} {{ return(adapter.dispatch('length_of', 'rapport')(values)) }} {%- endmacro %}

{% macro default__length_of(values) -%} len({{ values }}) {%- endmacro %}

{% macro spark__length_of(values) -%} array_size({{ values }}) {%- endmacro %}

{# The value at a place that the list has. #}
{% macro value_at(values, place) -%} {{ return(adapter.dispatch('value_at', 'rapport')(values, place)) }} {%- endmacro %}

{% macro default__value_at(values, place) -%} {{ values }}[{{ place }}] {%- endmacro %}

{% macro spark__value_at(values, place) -%} element_at({{ values }}, cast({{ place }} as integer)) {%- endmacro %}

{# The first so many values of a list. #}
{% macro first_of(values, number) -%} {{ return(adapter.dispatch('first_of', 'rapport')(values, number)) }} {%- endmacro %}

{% macro default__first_of(values, number) -%} {{ values }}[:{{ number }}] {%- endmacro %}

{% macro spark__first_of(values, number) -%} slice({{ values }}, 1, cast({{ number }} as integer)) {%- endmacro %}

{# The texts of a list, each once where it comes first, no more than so many, as one text. #}
{% macro first_said(texts, number) -%} {{ return(adapter.dispatch('first_said', 'rapport')(texts, number)) }} {%- endmacro %}

{% macro default__first_said(texts, number) -%}
    array_to_string(
        list_filter({{ texts }}, lambda said, place: list_position({{ texts }}, said) = place)[:{{ number }}], ', '
    )
{%- endmacro %}

{% macro spark__first_said(texts, number) -%}
    array_join({{ first_of('array_distinct(' ~ texts ~ ')', number) }}, ', ')
{%- endmacro %}

{# In a select: a row for every value of a list, with its place. #}
{% macro each_of(values, value, place) -%} {{ return(adapter.dispatch('each_of', 'rapport')(values, value, place)) }} {%- endmacro %}

{% macro default__each_of(values, value, place) -%}
    unnest({{ values }}) as {{ value }},
    generate_subscripts({{ values }}, 1) as {{ place }}
{%- endmacro %}

{% macro spark__each_of(values, value, place) -%}
    inline(transform(
        {{ values }}, (each, before) -> named_struct('{{ value }}', each, '{{ place }}', before + 1)
    ))
{%- endmacro %}

{# The same with the value that comes next, null of the last one. #}
{% macro each_pair_of(values, value, next_value, place) -%}
    {{ return(adapter.dispatch('each_pair_of', 'rapport')(values, value, next_value, place)) }}
{%- endmacro %}

{% macro default__each_pair_of(values, value, next_value, place) -%}
    unnest({{ values }}) as {{ value }},
    unnest({{ values }}[2:]) as {{ next_value }},
    generate_subscripts({{ values }}, 1) as {{ place }}
{%- endmacro %}

{% macro spark__each_pair_of(values, value, next_value, place) -%}
    inline(transform(
        {{ values }},
        (each, before) -> named_struct(
            '{{ value }}', each,
            '{{ next_value }}', try_element_at({{ values }}, before + 2),
            '{{ place }}', before + 1
        )
    ))
{%- endmacro %}

{# The texts of a group as one text. #}
{% macro joined(text, order_by) -%} {{ return(adapter.dispatch('joined', 'rapport')(text, order_by)) }} {%- endmacro %}

{% macro default__joined(text, order_by) -%} string_agg({{ text }}, ', ' order by {{ order_by }}) {%- endmacro %}

{% macro spark__joined(text, order_by) -%} listagg({{ text }}, ', ') within group (order by {{ order_by }}) {%- endmacro %}

{# Of a group the values of so many rows, those of the greatest strength first, of equal strengths those of the least place;
   rows without a strength are none. #}
{% macro strongest(value, strength, place, rows) -%}
    {{ return(adapter.dispatch('strongest', 'rapport')(value, strength, place, rows)) }}
{%- endmacro %}

{% macro default__strongest(value, strength, place, rows) -%}
    max_by(
        {{ value }},
        {{ strength_and_place(strength, place) }},
        cast({{ rows }} as bigint)
    )
{%- endmacro %}

{% macro spark__strongest(value, strength, place, rows) -%}
    transform(
        slice(
            sort_array(
                collect_list(
                    named_struct('strength', {{ strength_and_place(strength, place) }}, 'value', {{ value }})
                ) filter (where {{ strength }} is not null),
                false
            ),
            1,
            cast(max({{ rows }}) as integer)
        ),
        each -> each.value
    )
{%- endmacro %}

{% macro strength_and_place(strength, place) -%}
    cast(round({{ strength }} * 1000000000) as bigint) * 100000 - ({{ place }})
{%- endmacro %}
