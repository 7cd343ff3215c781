{# Scores of two versions of the rules must not stand side by side, nor a ledger grow under new half-lives: after a change
   of rules only a rebuild is right. On seeds, so that dbt build skips whatever follows. #}
{% test rules_match_stored_scores(model) %}

select
    rules.rule_version,
    last_build.rule_version as stored_rule_version
from (select distinct rule_version from {{ model }}) as rules
cross join {{ control_table('last_build') }} as last_build
where
    {{ 'false' if flags.FULL_REFRESH else 'true' }}
    and (
        rules.rule_version <> last_build.rule_version
        or last_build.rules_fingerprint <> '{{ rules_fingerprint() }}'
    )

{% endtest %}
