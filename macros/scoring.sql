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

{# What the issues that are open weigh: of each 1 - 2^(-age / half-life). #}
{% macro open_burden(account, day) -%}
    ({{ account }}.persistence_open_issues - {{ account }}.persistence_opened * {{ day }}.persistence_decay)
{%- endmacro %}

{# What repeat contacts weigh. #}
{% macro repeats_burden(account, day) -%}
    {{ account }}.persistence_repeats * {{ day }}.persistence_decay
{%- endmacro %}

{# A factor's sub-score on a day. account: what has the balances; day: what has the rules and the decay of that day and
   segment (scoring_days); segment: an expression; open_burden: what open issues weigh, if not what they do on that day. #}
{% macro sub_score(factor, account, day, segment, open_burden=none) -%}
    {%- set decay = day ~ '.' ~ factor ~ '_decay' -%}
    {%- set saturation = day ~ '.' ~ factor ~ '_saturation' -%}
    {%- if factor == 'frequency' -%}
    case
        when {{ segment }} = 'resident'
            then {{ share_of_gain(
                account ~ '.frequency_resident_gain * ' ~ decay, account ~ '.frequency_resident_cost * ' ~ decay, saturation
            ) }}
        else {{ share_of_gain(
            account ~ '.frequency_prospect_gain * ' ~ decay, account ~ '.frequency_prospect_cost * ' ~ decay, saturation
        ) }}
    end
    {%- elif factor == 'variety' -%}
    {{ share_of_relief('greatest(' ~ account ~ '.variety_categories * ' ~ decay ~ ' - 1, 0)', saturation) }}
    {%- elif factor == 'persistence' -%}
    {{ share_of_relief(
        '(' ~ (open_burden or rapport.open_burden(account, day)) ~ ' + ' ~ repeats_burden(account, day) ~ ')',
        saturation
    ) }}
    {%- else -%}
    {{ share_of_gain(
        account ~ '.' ~ factor ~ '_pleasant * ' ~ decay, account ~ '.' ~ factor ~ '_unpleasant * ' ~ decay, saturation
    ) }}
    {%- endif -%}
{%- endmacro %}
