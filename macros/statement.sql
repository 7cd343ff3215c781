{# What the statement is told with. #}

{# Named values as one. #}
{% macro record(fields) -%} {{ return(adapter.dispatch('record', 'rapport')(fields)) }} {%- endmacro %}

{% macro default__record(fields) -%}
    struct_pack(
        {%- for name, expression in fields.items() %}
        {{ name }} := {{ expression }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro spark__record(fields) -%}
    named_struct(
        {%- for name, expression in fields.items() %}
        '{{ name }}', {{ expression }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# The beginning of a text, with every run of white space as one blank; null where nothing is said. #}
{% macro excerpt(text, characters) -%}
    {%- set words = with_single_blanks(text) -%}
    nullif(
        case
            when length({{ words }}) > {{ characters }}
                then left({{ words }}, cast({{ characters }} as integer) - 1) || '…'
            else {{ words }}
        end,
        ''
    )
{%- endmacro %}

{# A text with every run of white space as one blank, and none at its ends. #}
{% macro with_single_blanks(text) -%} {{ return(adapter.dispatch('with_single_blanks', 'rapport')(text)) }} {%- endmacro %}

{# Few texts have more than single blanks; to look first takes a third of the time. #}
{% macro default__with_single_blanks(text) -%}
    trim(
        case
            when regexp_matches({{ text }}, '\s\s|[^\S ]') then regexp_replace({{ text }}, '\s+', ' ', 'g')
            else {{ text }}
        end,
        ' '
    )
{%- endmacro %}

{% macro spark__with_single_blanks(text) -%}
    trim(both ' ' from regexp_replace({{ text }}, '[\t\n\f\r ]+', ' '))
{%- endmacro %}

{# Whether the last build left rows of a model to go on from. #}
{% macro has_stored(model_name) -%}
    {%- set relation = rapport.stored(model_name) if execute else none -%}
    {{ return(execute and not should_full_refresh() and load_cached_relation(relation) is not none) }}
{%- endmacro %}

{# The sum of what the factors have in columns of one ending; persistence's may be another. #}
{% macro sum_of_factors(relation, ending, persistence=none) -%}
    {%- for factor in factor_names() -%}
    {%- set ending_of_factor = persistence if persistence and factor == 'persistence' else ending -%}
    {{ relation }}.{{ factor }}_{{ ending_of_factor }} {{- ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
