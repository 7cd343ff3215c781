{# The ledger's currency. Growth and decay live here and nowhere else (methodology, section 1). #}

{# 2^((day - epoch) / half-life): what one unit that is posted on a day is worth in the ledger. #}
{% macro grown(day, half_life_days) -%}
    power(2, ({{ day }} - date '{{ var("ledger_epoch") }}') / cast({{ half_life_days }} as double))
{%- endmacro %}

{# 2^(-(day - epoch) / half-life): what one unit of the ledger is worth on a day. #}
{% macro decay(day, half_life_days) -%}
    power(2, (date '{{ var("ledger_epoch") }}' - {{ day }}) / cast({{ half_life_days }} as double))
{%- endmacro %}

{% macro factor_names() -%}
    {{ return(['frequency', 'tone', 'variety', 'persistence', 'recency']) }}
{%- endmacro %}

{# The balances of an account, named by the factor that posts them. #}
{% macro balance_names() -%}
    {{ return([
        'frequency_resident_gain',
        'frequency_resident_cost',
        'frequency_prospect_gain',
        'frequency_prospect_cost',
        'tone_pleasant',
        'tone_unpleasant',
        'tone_contacts',
        'variety_categories',
        'persistence_open_issues',
        'persistence_opened',
        'persistence_repeats',
        'recency_pleasant',
        'recency_unpleasant',
    ]) }}
{%- endmacro %}

{# A day for every day from the first to before the last one: a set-returning expression. #}
{% macro each_day(first_day, before_day) -%}
    {{ return(adapter.dispatch('each_day', 'rapport')(first_day, before_day)) }}
{%- endmacro %}

{% macro default__each_day(first_day, before_day) -%}
    {{ first_day }} + cast(unnest(range({{ before_day }} - {{ first_day }})) as integer)
{%- endmacro %}

{# The entries that every contact posts to balances of one factor: a unit amount each, grown to the contact's day.
   Every balance reads contacts by itself: rows that several readers of a CTE share are collected first, and a day's entries
   would cost a look at all of history. #}
{% macro contact_entries(factor, unit_amounts) -%}
    {%- for balance, unit_amount in unit_amounts.items() %}
    select
        contacts.customer_id,
        contacts.customer_key,
        contacts.contact_on as effective_on,
        'contact' as event_kind,
        contacts.contact_id as event_id,
        contacts.occurred_at,
        '{{ factor }}' as factor,
        '{{ balance }}' as balance,
        cast(null as varchar) as issue_category,
        {{ unit_amount }} * {{ grown('contacts.contact_on', 'settings.half_life_days') }} as amount
    from {{ ref('contacts') }} as contacts
    cross join {{ settings_of(factor) }} as settings
    where {{ unit_amount }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro settings_of(factor) -%}
    (select half_life_days from {{ ref('factor_settings') }} where factor = '{{ factor }}')
{%- endmacro %}
