{# An effect with its interval, in words, to two decimals. #}
{% macro interval_in_words(effect, low, high) -%}
    cast(cast({{ effect }} as decimal(18, 2)) as string)
    || ', 95 % interval ' || cast(cast({{ low }} as decimal(18, 2)) as string)
    || ' to ' || cast(cast({{ high }} as decimal(18, 2)) as string)
{%- endmacro %}

{# Ten decimals of a double: fourteen first, so that an engine's last bit cannot decide how a half is rounded. #}
{% macro ten_decimals(expression) -%} cast(cast({{ expression }} as decimal(20, 14)) as decimal(18, 10)) {%- endmacro %}
