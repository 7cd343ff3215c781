{# How a raw text becomes a value. What cannot be read is null; staging judges. #}

{# Text without the blanks around it; nothing but blanks is null. #}
{% macro clean_text(column) -%}
    nullif(trim(both chr(32) || chr(9) || chr(10) || chr(13) from {{ column }}), '')
{%- endmacro %}

{% macro is_iso_8601(text, offset) -%}
    {%- set time = '[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?' -%}
    {%- set zone = ' ?([Zz]|[+-](0\\d|1[0-4])(:?[0-5]\\d)?)' -%}
    {{ text }} >= '0001' and {{ full_match(text, '\\d{4}-\\d{2}-\\d{2}' ~ (time ~ zone if offset else '(' ~ time ~ ')?')) }}
{%- endmacro %}

{# Whether all of a text is what a pattern says. #}
{% macro full_match(text, pattern) -%} {{ return(adapter.dispatch('full_match', 'rapport')(text, pattern)) }} {%- endmacro %}

{% macro default__full_match(text, pattern) -%} regexp_full_match({{ text }}, '{{ pattern }}') {%- endmacro %}

{% macro spark__full_match(text, pattern) -%} regexp_like({{ text }}, '\A(?:{{ pattern }})\z') {%- endmacro %}

{# The portfolio's local time of an ISO 8601 text. Without an offset it is that time already, also in the hour that a
   change to summer time skips. #}
{% macro local_timestamp(text) -%} {{ return(adapter.dispatch('local_timestamp', 'rapport')(text)) }} {%- endmacro %}

{% macro default__local_timestamp(text) -%}
    case
        when {{ is_iso_8601(text, offset=false) }} then try_cast({{ text }} as timestamp)
        when {{ is_iso_8601(text, offset=true) }}
            then {{ with_offset(text) }} at time zone '{{ var("portfolio_time_zone") }}'
    end
{%- endmacro %}

{% macro spark__local_timestamp(text) -%}
    case
        when {{ is_iso_8601(text, offset=false) }} then try_cast({{ text }} as timestamp)
        when {{ is_iso_8601(text, offset=true) }}
            then from_utc_timestamp({{ with_offset(text) }}, '{{ var("portfolio_time_zone") }}')
    end
{%- endmacro %}

{# The same as an instant, in UTC: what orders the copies of one key, also in the hour that comes twice. #}
{% macro utc_timestamp(text) -%} {{ return(adapter.dispatch('utc_timestamp', 'rapport')(text)) }} {%- endmacro %}

{% macro default__utc_timestamp(text) -%}
    case
        when {{ is_iso_8601(text, offset=false) }}
            then try_cast({{ text }} as timestamp) at time zone '{{ var("portfolio_time_zone") }}' at time zone 'UTC'
        when {{ is_iso_8601(text, offset=true) }} then {{ with_offset(text) }} at time zone 'UTC'
    end
{%- endmacro %}

{% macro spark__utc_timestamp(text) -%}
    case
        when {{ is_iso_8601(text, offset=false) }}
            then to_utc_timestamp(try_cast({{ text }} as timestamp), '{{ var("portfolio_time_zone") }}')
        when {{ is_iso_8601(text, offset=true) }} then {{ with_offset(text) }}
    end
{%- endmacro %}

{# The instant of a text with an offset, before which DuckDB 1 and Spark want seconds. #}
{% macro with_offset(text) -%}
    {%- set close = any_replaced('upper(' ~ text ~ ')', ' ([Z+-])', '\\1') -%}
    {%- set to_the_second = any_replaced(close, '([T ]\\d\\d:\\d\\d)([Z+-])', '\\1:00\\2') -%}
    try_cast({{ to_the_second }} as {{ instant_type() }})
{%- endmacro %}

{% macro instant_type() -%} {{ return(adapter.dispatch('instant_type', 'rapport')()) }} {%- endmacro %}

{% macro default__instant_type() -%} timestamptz {%- endmacro %}

{# In the session's zone, which is UTC. #}
{% macro spark__instant_type() -%} timestamp {%- endmacro %}

{# True, false or null of a text. #}
{% macro flag(text) -%}
    case
        when lower({{ text }}) in ('true', 't', 'yes', 'y', '1') then true
        when lower({{ text }}) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}

{# ServiceNow's exports write a question mark for nothing. #}
{% macro known(column) -%}
    nullif({{ clean_text(column) }}, '?')
{%- endmacro %}

{# A timestamp written d/m/yyyy h:mm, without an offset: the portfolio's local time. #}
{% macro day_month_year_timestamp(text) -%}
    {{ return(adapter.dispatch('day_month_year_timestamp', 'rapport')(text)) }}
{%- endmacro %}

{% macro default__day_month_year_timestamp(text) -%}
    try_strptime({{ text }}, '%d/%m/%Y %H:%M')
{%- endmacro %}

{% macro spark__day_month_year_timestamp(text) -%}
    try_to_timestamp({{ text }}, 'd/M/yyyy H:mm')
{%- endmacro %}

{# Of a window the last value that is not null. #}
{% macro last_known(column) -%} {{ return(adapter.dispatch('last_known', 'rapport')(column)) }} {%- endmacro %}

{% macro default__last_known(column) -%} last_value({{ column }} ignore nulls) {%- endmacro %}

{% macro spark__last_known(column) -%} last_value({{ column }}, true) {%- endmacro %}
