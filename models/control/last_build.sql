-- last_build: one row: what the tables hold, written when all else is built and tested. The next build catches up from
-- here; one that was killed or failed leaves it as it was, so the next one does its work again.
-- depends_on: {{ ref('customer_scores_current') }}, {{ ref('score_distribution_daily') }}, {{ ref('load_summary') }}
-- depends_on: {{ ref('customer_alerts') }}
-- depends_on: {{ ref('initiative_impacts') }}
-- depends_on: {{ ref('rejected_rows') }}, {{ ref('customers') }}, {{ ref('properties') }}, {{ ref('contacts') }}
-- depends_on: {{ ref('property_scores_daily') }}
-- depends_on: {{ ref('touchpoint_needs_monthly') }}, {{ ref('touchpoint_fixes') }}
-- depends_on: {{ ref('advocacy_factors') }}, {{ ref('advocates_monthly') }}
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
