{# What a loader does: Zendesk's tables in a schema of their own, every row in its newest copy. #}
{% macro land_zendesk() %}
    {% if execute and flags.WHICH == 'build' %}
        {% do run_query('create schema if not exists zendesk_landing') %}
        {% for table, key in {
            'ticket': 'id',
            'ticket_comment': 'id',
            'user': 'id',
            'organization': 'id',
            'ticket_field_history': 'ticket_id, field_name, updated',
        }.items() %}
            {% do run_query(
                'create or replace table zendesk_landing."' ~ table ~ '" as '
                ~ "from read_csv('landing/zendesk/" ~ table ~ ".csv') "
                ~ "where _fivetran_synced < date '" ~ env_var('HOUSING_LANDED_UNTIL', '2026-03-20') ~ "' "
                ~ 'qualify row_number() over (partition by ' ~ key ~ ' order by _fivetran_synced desc) = 1'
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
