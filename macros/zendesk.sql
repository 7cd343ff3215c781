{# What Zendesk's rows have in common. #}

{# A time of the account: without an offset it is in UTC. #}
{% macro in_utc(text) -%}
    case when {{ is_iso_8601(text, offset=false) }} then {{ text }} || 'Z' else {{ text }} end
{%- endmacro %}

{# What a row says of itself: when this copy was written, and whether it is gone. #}
{% macro zendesk_copy_columns(written_at) -%}
    {{ in_utc(clean_text(written_at)) }} as updated_at_text,
    {{ clean_text('_fivetran_deleted') }} as deleted_text
{%- endmacro %}
