{# What stands in all rule seeds, and the vars that decide about scores, in one value: another one asks for a rebuild. #}
{% macro rules_fingerprint() -%}
    {%- set parts = [var('portfolio_time_zone'), var('ledger_epoch')] -%}
    {%- if execute -%}
        {%- for seed in graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | sort(attribute='unique_id') -%}
            {%- do parts.append(seed.checksum.checksum) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ local_md5(parts | join('/')) }}
{%- endmacro %}

{# Counted up whenever the incremental tables change their columns or meaning: older ones are made anew by the next run. #}
{% macro tables_version() -%} 3 {%- endmacro %}
