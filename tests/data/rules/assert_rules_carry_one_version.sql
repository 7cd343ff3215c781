-- A version names a whole set of rules; a seed that was left behind would make two sets share a name.
with

versions as (
    {%- for seed in [
        'alert_settings',
        'factor_settings',
        'factor_weights',
        'issue_categories',
        'natures',
        'rule_settings',
        'score_bands',
        'servicenow_states',
        'servicenow_tones',
        'text_settings',
        'tone_terms',
        'touchpoints',
        'zendesk_ratings',
        'zendesk_states',
    ] %}
    select rule_version from {{ ref(seed) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    min(rule_version) as one_version,
    max(rule_version) as another_version,
    sum(case when rule_version is null then 1 else 0 end) as without_version
from versions
having
    min(rule_version) <> max(rule_version)
    or count(*) <> count(rule_version)
