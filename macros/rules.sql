{# What stands in all rule seeds, and the vars that decide about scores, in one value: another one asks for a rebuild.
   Trained seeds are read by views alone. A seed of another project counts where it stands in for one of ours. #}
{% macro rules_fingerprint() -%}
    {%- set parts = [var('portfolio_time_zone'), var('ledger_epoch')] -%}
    {%- if execute -%}
        {%- set read = [] -%}
        {%- for node in graph.nodes.values() if node.package_name == 'rapport' -%}
            {%- do read.extend(node.depends_on.get('nodes', [])) -%}
        {%- endfor -%}
        {%- for seed in graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | sort(attribute='unique_id')
            if 'trained' not in seed.fqn and (seed.package_name == 'rapport' or seed.unique_id in read) -%}
            {%- do parts.append(seed.checksum.checksum) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ local_md5(parts | join('/')) }}
{%- endmacro %}

{# Counted up whenever the incremental tables change their columns or meaning: older ones are made anew by the next run, and
   inside another project also those of other relations. #}
{% macro tables_version() -%}
    3
    {%- if is_a_package() -%} /{{ local_md5(var('source_relations', {}) ~ var('loaded_at', {})) }} {%- endif -%}
{%- endmacro %}
