{# Regular expressions, written for RE2: `\b` and `(?i)`, at the beginning alone, know ASCII's letters and what folds into
   them. #}

{# Whether a regular expression matches a part of a text. #}
{% macro matches(text, pattern) -%} {{ return(adapter.dispatch('matches', 'rapport')(text, pattern)) }} {%- endmacro %}

{% macro default__matches(text, pattern) -%} regexp_matches({{ text }}, {{ literal(pattern) }}) {%- endmacro %}

{% macro spark__matches(text, pattern) -%} regexp_like({{ text }}, {{ literal(java_pattern(pattern)) }}) {%- endmacro %}

{# A text in which all that a regular expression matches is replaced. #}
{% macro any_replaced(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('any_replaced', 'rapport')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__any_replaced(text, pattern, replacement) -%}
    regexp_replace({{ text }}, {{ literal(pattern) }}, {{ literal(replacement) }}, 'g')
{%- endmacro %}

{% macro spark__any_replaced(text, pattern, replacement) -%}
    regexp_replace({{ text }}, {{ literal(java_pattern(pattern)) }}, {{ literal(replacement.replace('\\', '$')) }})
{%- endmacro %}

{# All that a regular expression matches, as a list. #}
{% macro all_matches(text, pattern) -%} {{ return(adapter.dispatch('all_matches', 'rapport')(text, pattern)) }} {%- endmacro %}

{% macro default__all_matches(text, pattern) -%} regexp_extract_all({{ text }}, {{ literal(pattern) }}) {%- endmacro %}

{% macro spark__all_matches(text, pattern) -%} regexp_extract_all({{ text }}, {{ literal(java_pattern(pattern)) }}, 0) {%- endmacro %}

{# The same regular expression for Java. A word's edge is one of ASCII's words there too. Of letters that are not ASCII's two
   fold into its letters, k and s, and Java folds none or too many. Groups that are repeated give nothing back: Java would
   keep each on its stack, which a long text overflows, and no pattern here needs any. #}
{% macro java_pattern(pattern) -%}
    {%- set letter = '[0-9A-Za-z_]' -%}
    {%- set edge -%}
        (?:(?<!{{ letter }})(?={{ letter }})|(?<={{ letter }})(?!{{ letter }}))
    {%- endset -%}
    {%- set is_folded = pattern.startswith('(?i)') -%}
    {%- set java = pattern.replace(')*', ')*+').replace(')+', ')++') -%}
    {%- if is_folded -%} {%- set java = java.replace('k', '[k\u212a]').replace('s', '[s\u017f]') -%} {%- endif -%}
    {{ return(java.replace('\\b', edge)) }}
{%- endmacro %}
