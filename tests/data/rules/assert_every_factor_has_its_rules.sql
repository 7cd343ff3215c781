-- Exactly the five factors, each with one half-life and, for both segments, a weight and a saturation above zero: the
-- models join them, so a factor without rules would vanish from the scores, and one too many would be posted by nobody.
with

wanted as (
    {%- for segment in ['resident', 'prospect'] %}
    {%- set outer_loop = loop %}
    {%- for factor in factor_names() %}
    select
        '{{ segment }}' as segment,
        '{{ factor }}' as factor
    {{ 'union all' if not (loop.last and outer_loop.last) }}
    {%- endfor %}
    {%- endfor %}
),

given as (

    select
        factor_weights.segment,
        coalesce(factor_weights.factor, factor_settings.factor) as factor,
        factor_weights.weight,
        factor_weights.saturation,
        factor_settings.half_life_days
    from {{ ref('factor_weights') }} as factor_weights
    full join {{ ref('factor_settings') }} as factor_settings
        on factor_weights.factor = factor_settings.factor

)

select
    coalesce(wanted.segment, given.segment) as segment,
    coalesce(wanted.factor, given.factor) as factor,
    given.weight,
    given.saturation,
    given.half_life_days
from wanted
full join given
    on
        wanted.segment = given.segment
        and wanted.factor = given.factor
where
    wanted.factor is null
    or given.weight is null
    or not coalesce(given.saturation > 0 and given.half_life_days > 0, false)
