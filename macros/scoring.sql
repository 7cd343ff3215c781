{# Balances to points, in closed form (methodology, section 3). Amounts are already decayed to the day. #}

{# (1 + (gain - cost) / (gain + cost + k)) / 2: one half where nothing happened. #}
{% macro share_of_gain(gain, cost, saturation) -%}
    ((1 + ({{ gain }} - {{ cost }}) / ({{ gain }} + {{ cost }} + {{ saturation }})) / 2)
{%- endmacro %}

{# k / (k + burden): 1 without a burden. #}
{% macro share_of_relief(burden, saturation) -%}
    ({{ saturation }} / ({{ saturation }} + {{ burden }}))
{%- endmacro %}

{# A decimal of a double: nine decimals first, so that the last bits of a sum cannot decide how a half is rounded. #}
{% macro rounded(expression, precision, scale) -%}
    cast(cast({{ expression }} as decimal(12, 9)) as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro points(weight, sub_score) -%}
    {{ rounded('100 * ' ~ weight ~ ' * ' ~ sub_score, 5, 2) }}
{%- endmacro %}

{# The largest amount above zero, and below it as a positive number. No negative zeros: they are equal, and do not look it. #}
{% macro largest_rise(amount) -%} max(case when {{ amount }} > 0 then {{ amount }} else 0 end) {%- endmacro %}

{% macro largest_fall(amount) -%} max(case when {{ amount }} < 0 then -{{ amount }} else 0 end) {%- endmacro %}
