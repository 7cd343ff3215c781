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

    select
        'weight' as rule_kind,
        factor as rule_name,
        segment,
        cast(null as varchar) as meaning,
        cast(weight as double) as rule_value,
        rule_version
    from factor_weights
    union all
    select
        'saturation' as rule_kind,
        factor as rule_name,
        segment,
        cast(null as varchar) as meaning,
        cast(saturation as double) as rule_value,
        rule_version
    from factor_weights
    union all
    select
        'half_life_days' as rule_kind,
        factor as rule_name,
        cast(null as varchar) as segment,
        cast(null as varchar) as meaning,
        cast(half_life_days as double) as rule_value,
        rule_version
    from factor_settings
    union all
    select
        'default_tone' as rule_kind,
        nature as rule_name,
        cast(null as varchar) as segment,
        cast(null as varchar) as meaning,
        cast(default_tone as double) as rule_value,
        rule_version
    from natures
    union all
    select
        'effect' as rule_kind,
        nature as rule_name,
        'resident' as segment,
        cast(null as varchar) as meaning,
        cast(resident_effect as double) as rule_value,
        rule_version
    from natures
    union all
    select
        'effect' as rule_kind,
        nature as rule_name,
        'prospect' as segment,
        cast(null as varchar) as meaning,
        cast(prospect_effect as double) as rule_value,
        rule_version
    from natures
    union all
    select
        'band_floor' as rule_kind,
        band as rule_name,
        cast(null as varchar) as segment,
        cast(null as varchar) as meaning,
        cast(floor as double) as rule_value,
        rule_version
    from score_bands
    union all
    select
        'setting' as rule_kind,
        setting as rule_name,
        cast(null as varchar) as segment,
        meaning,
        cast(value as double) as rule_value,
        rule_version
    from rule_settings

)

select * from rules
