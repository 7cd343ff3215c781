-- rules_in_force: one row per kind of rule, name and segment: a number that decides about scores, with its version.
with

factor_weights as (

    select * from {{ ref('factor_weights') }}

),

factor_settings as (

    select * from {{ ref('factor_settings') }}

),

natures as (

    select * from {{ ref('natures') }}

),

score_bands as (

    select * from {{ ref('score_bands') }}

),

rule_settings as (

    select * from {{ ref('rule_settings') }}

),

rules as (
    {%- for kind, name, segment, meaning, number, seed in [
        ('weight', 'factor', 'segment', none, 'weight', 'factor_weights'),
        ('saturation', 'factor', 'segment', none, 'saturation', 'factor_weights'),
        ('half_life_days', 'factor', none, none, 'half_life_days', 'factor_settings'),
        ('default_tone', 'nature', none, none, 'default_tone', 'natures'),
        ('effect', 'nature', "'resident'", none, 'resident_effect', 'natures'),
        ('effect', 'nature', "'prospect'", none, 'prospect_effect', 'natures'),
        ('band_floor', 'band', none, none, 'floor', 'score_bands'),
        ('setting', 'setting', none, 'meaning', 'value', 'rule_settings'),
    ] %}
    select
        '{{ kind }}' as rule_kind,
        {{ name }} as rule_name,
        cast({{ segment or 'null' }} as string) as segment,
        cast({{ meaning or 'null' }} as string) as meaning,
        cast({{ number }} as double) as rule_value,
        rule_version
    from {{ seed }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from rules
