-- The models join them: without its row a nature's interactions would be dropped, and without a setting every score.
with

wanted as (
    {%- set wanted = {
        'nature': ['grievance', 'request', 'inquiry', 'commendation'],
        'setting': [
            'quiet_days',
            'confidence_contacts',
            'silent_days',
            'window_days',
            'least_treated_properties',
            'least_other_properties',
            'trend_days',
            'trend_points',
            'excerpt_characters',
            'movers_shown',
            'shrinkage_customers',
            'landmark_days',
            'lately_days',
            'validation_events',
            'interval_z',
            'fixed_days',
            'needs_months',
            'needs_responses',
            'nps_added_responses',
            'sfo_survey_month',
        ],
        'text setting': text_settings(),
    } %}
    {%- for kind, names in wanted.items() %}
    {%- set outer_loop = loop %}
    {%- for name in names %}
    select
        '{{ kind }}' as kind,
        '{{ name }}' as rule_name
    {{ 'union all' if not (loop.last and outer_loop.last) }}
    {%- endfor %}
    {%- endfor %}
),

given as (

    select
        'nature' as kind,
        nature as rule_name
    from {{ ref('natures') }}
    where
        is_problem is not null
        and default_tone between -1 and 1
        and resident_effect is not null
        and prospect_effect is not null

    union all

    select
        'setting' as kind,
        setting as rule_name
    from {{ ref('rule_settings') }}
    where value is not null

    union all

    select
        'text setting' as kind,
        setting as rule_name
    from {{ ref('text_settings') }}
    where value is not null

)

select wanted.*
from wanted
left join given
    on
        wanted.kind = given.kind
        and wanted.rule_name = given.rule_name
where given.rule_name is null
