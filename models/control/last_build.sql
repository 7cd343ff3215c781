-- last_build: one row: what the tables hold, written when all else is built and tested. The next build catches up from
-- here; one that was killed or failed leaves it as it was, so the next one does its work again.
{%- for model_name in [
    'customer_scores_current',
    'score_distribution_daily',
    'load_summary',
    'customer_alerts',
    'initiative_impacts',
    'rejected_rows',
    'customers',
    'properties',
    'contacts',
    'property_scores_daily',
    'touchpoint_needs_monthly',
    'touchpoint_fixes',
    'advocacy_factors',
    'advocates_monthly',
] if model_name not in var('disabled_models', []) %}
-- depends_on: {{ ref(model_name) }}
{%- endfor %}
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

rules as (

    select max(rule_version) as rule_version
    from {{ ref('factor_weights') }}

),

final as (

    select
        score_window.load_id,
        score_window.as_of,
        score_window.first_scored_on,
        rules.rule_version,
        '{{ rules_fingerprint() }}' as rules_fingerprint,
        '{{ tables_version() }}' as tables_version
    from score_window
    cross join rules
    where score_window.as_of is not null

)

select * from final
