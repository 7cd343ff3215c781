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
        max(factor_weights.rule_version) as rule_version
        {%- for factor in ['frequency', 'tone', 'variety', 'persistence', 'recency'] %},
        max(case when factor = '{{ factor }}' then cast(weight as double) end) as {{ factor }}_weight,
        max(case when factor = '{{ factor }}' then cast(saturation as double) end) as {{ factor }}_saturation,
        max(case when factor = '{{ factor }}' then half_life_days end) as {{ factor }}_half_life_days
        {%- endfor %}
    from factor_weights
    inner join factor_settings using (factor)
    group by factor_weights.segment

),

final as (

    select
        days.score_date,
        rules.*
        {%- for factor in ['frequency', 'tone', 'variety', 'persistence', 'recency'] %},
        {{ decay('days.score_date', 'rules.' ~ factor ~ '_half_life_days') }} as {{ factor }}_decay
        {%- endfor %}
    from days
    cross join rules

)

select * from final
