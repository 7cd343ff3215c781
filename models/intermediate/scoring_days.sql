-- scoring_days: one row per score date and segment: the rules that apply, and what the ledger's currency is worth.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

factor_settings as (

    select * from {{ ref('factor_settings') }}

),

factor_weights as (

    select * from {{ ref('factor_weights') }}

),

days as (

    select {{ each_day('first_scored_on', '(as_of + 1)') }} as score_date
    from score_window

),

rules as (

    select
        factor_weights.segment,
        factor_weights.factor,
        cast(factor_weights.weight as double) as weight,
        factor_weights.saturation,
        factor_settings.half_life_days,
        factor_weights.rule_version
    from factor_weights
    inner join factor_settings
        on factor_weights.factor = factor_settings.factor

),

segment_rules as (

    select
        segment,
        {%- for factor in factor_names() %}
        max(case when factor = '{{ factor }}' then weight end) as {{ factor }}_weight,
        max(case when factor = '{{ factor }}' then saturation end) as {{ factor }}_saturation,
        max(case when factor = '{{ factor }}' then half_life_days end) as {{ factor }}_half_life_days,
        {%- endfor %}
        max(rule_version) as rule_version
    from rules
    group by segment

),

final as (

    select
        days.score_date,
        segment_rules.segment,
        {%- for factor in factor_names() %}
        segment_rules.{{ factor }}_weight,
        segment_rules.{{ factor }}_saturation,
        {{ decay('days.score_date', 'segment_rules.' ~ factor ~ '_half_life_days') }} as {{ factor }}_decay,
        {%- endfor %}
        segment_rules.rule_version
    from days
    cross join segment_rules

)

select * from final
