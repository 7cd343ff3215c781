{# Scores of two versions of the rules must not stand side by side, nor a ledger grow under new half-lives: after a change
   of rules only a rebuild is right. On seeds, so that dbt build skips whatever follows. The stored scores are looked up,
   not referred to: they come from these seeds, and a ref would close a circle. #}
{% test rules_match_stored_scores(model) %}

{%- set stored_scores = none -%}
{%- if execute and not flags.FULL_REFRESH -%}
    {%- set node = graph.nodes['model.rapport.customer_scores_daily'] -%}
    {%- set stored_scores = adapter.get_relation(node.database, node.schema, node.alias) -%}
{%- endif %}

select
    rules.rule_version,
    stored_rules.rule_version as stored_rule_version
from (select distinct rule_version from {{ model }}) as rules
{%- if stored_scores %}
cross join (select distinct rule_version from {{ stored_scores }}) as stored_rules
where rules.rule_version <> stored_rules.rule_version
{%- else %}
cross join (select cast(null as varchar) as rule_version where false) as stored_rules
{%- endif %}

{% endtest %}
