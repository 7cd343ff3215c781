{# A text in quotes. #}
{% macro literal(text) -%} {{ return(adapter.dispatch('literal', 'rapport')(text)) }} {%- endmacro %}

{% macro default__literal(text) -%} {{ return("'" ~ text.replace("'", "''") ~ "'") }} {%- endmacro %}

{# An apostrophe that is doubled would be two of them (profiles.yml), but either kind of quotes holds the other. #}
{% macro spark__literal(text) -%}
    {%- set quote = '"' if "'" in text else "'" -%}
    {{ return(quote ~ text ~ quote) }}
{%- endmacro %}

{# Texts in quotes, with commas between them. #}
{% macro literals(texts) -%}
    {%- for text in texts -%} {{ literal(text) }} {{- ', ' if not loop.last -}} {%- endfor -%}
{%- endmacro %}
