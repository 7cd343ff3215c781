{# The ledger's currency. Growth and decay live here and nowhere else (methodology, section 1). #}

{# 2^((day - epoch) / half-life): what one unit that is posted on a day is worth in the ledger. #}
{% macro grown(day, half_life_days) -%}
    power(2, {{ days_between(epoch(), day) }} / cast({{ half_life_days }} as double))
{%- endmacro %}

{# 2^(-(day - epoch) / half-life): what one unit of the ledger is worth on a day. #}
{% macro decay(day, half_life_days) -%}
    power(2, {{ days_between(day, epoch()) }} / cast({{ half_life_days }} as double))
{%- endmacro %}

{% macro epoch() -%} date '{{ var("ledger_epoch") }}' {%- endmacro %}

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

{# What a contact posts to the balances of a factor, in units: `factor_*` post them one by one, grown to the contact's day,
   and the statement tells all of a contact's together. #}
{% macro contact_units(factor) -%}
    {{ return({
        'frequency': {
            'frequency_resident_gain': 'contacts.resident_gain',
            'frequency_resident_cost': 'contacts.resident_cost',
            'frequency_prospect_gain': 'contacts.prospect_gain',
            'frequency_prospect_cost': 'contacts.prospect_cost',
        },
        'tone': {
            'tone_pleasant': 'contacts.pleasant',
            'tone_unpleasant': 'contacts.unpleasant',
            'tone_contacts': '1',
        },
        'persistence': {
            'persistence_repeats': 'cast(contacts.is_repeat as integer)',
        },
        'recency': {
            'recency_pleasant': 'contacts.pleasant',
            'recency_unpleasant': 'contacts.unpleasant',
        },
    }.get(factor, {})) }}
{%- endmacro %}

{# The entries that contacts post to balances of one factor.
   Every balance reads contacts by itself: rows that several readers of a CTE share are collected first, and a day's entries
   would cost a look at all of history. #}
{% macro contact_entries(factor) -%}
    {%- for balance, units in contact_units(factor).items() %}
    select
        contacts.customer_id,
        contacts.customer_key,
        contacts.contact_on as effective_on,
        'contact' as event_kind,
        contacts.contact_id as event_id,
        contacts.occurred_at,
        '{{ factor }}' as factor,
        '{{ balance }}' as balance,
        cast(null as string) as issue_category,
        {{ units }} * {{ grown('contacts.contact_on', 'settings.half_life_days') }} as amount
    from {{ ref('contacts') }} as contacts
    cross join {{ settings_of(factor) }} as settings
    where {{ units }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro settings_of(factor) -%}
    (select half_life_days from {{ ref('factor_settings') }} where factor = '{{ factor }}')
{%- endmacro %}
