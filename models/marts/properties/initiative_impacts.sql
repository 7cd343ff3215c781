-- initiative_impacts: one row per initiative: how its property changed, and what its programme, all initiatives of one
-- name, did against the properties without one in that time.
{%- set measures = ['impact', 'tone', 'problems'] %}
with

initiatives as (

    select * from {{ ref('initiatives') }}

),

starts as (

    select * from {{ ref('initiative_starts') }}

),

initiative_windows as (

    select * from {{ ref('initiative_windows') }}

),

comparisons as (

    select * from {{ ref('initiative_comparisons') }}

),

t_quantiles as (

    select * from {{ ref('t_quantiles') }}

),

settings as (

    select
        max(case when setting = 'window_days' then cast(value as integer) end) as window_days,
        max(case when setting = 'least_treated_properties' then value end) as least_treated,
        max(case when setting = 'least_other_properties' then value end) as least_others
    from {{ ref('rule_settings') }}

),

members as (

    select * from comparisons
    where is_treated

),

programmes as (

    select
        comparisons.programme,
        count(distinct case when comparisons.is_treated then comparisons.property_id end) as treated_properties,
        count(distinct case when not comparisons.is_treated then comparisons.property_id end) as other_properties
    from comparisons
    where comparisons.left_out_because is null
    group by comparisons.programme

),

judged_programmes as (

    select
        programmes.*,
        programmes.treated_properties >= settings.least_treated
        and programmes.other_properties >= settings.least_others
            as is_enough
    from programmes
    cross join settings

),

changes as (

    select
        comparisons.programme,
        initiative_windows.comparison,
        comparisons.started_on,
        comparisons.is_treated,
        comparisons.weight,
        cast(initiative_windows.tone_after as double) - cast(initiative_windows.tone_before as double) as tone_change,
        cast(initiative_windows.problems_after as double)
        - cast(initiative_windows.problems_before as double) as problems_change,
        initiative_windows.mean_score_before,
        initiative_windows.mean_score_after
    from comparisons
    inner join initiative_windows
        on
            comparisons.started_on = initiative_windows.started_on
            and comparisons.property_id = initiative_windows.property_id
    where comparisons.left_out_because is null

),

-- Less what the others did in the same windows.
calendar as (

    select
        programme,
        comparison,
        started_on,
        avg(tone_change) as tone_change,
        avg(problems_change) as problems_change
    from changes
    where not is_treated
    group by programme, comparison, started_on

),

differences as (

    select
        changes.programme,
        changes.comparison,
        changes.is_treated,
        changes.weight,
        changes.tone_change - calendar.tone_change as tone,
        changes.problems_change - calendar.problems_change as problems
    from changes
    inner join calendar
        on
            changes.programme = calendar.programme
            and changes.comparison = calendar.comparison
            and changes.started_on = calendar.started_on
    inner join judged_programmes
        on changes.programme = judged_programmes.programme
    where judged_programmes.is_enough

),

means as (

    select
        programme,
        comparison,
        sum(weight * tone) / sum(weight) as tone,
        sum(weight * problems) / sum(weight) as problems
    from differences
    group by programme, comparison

),

-- The unit of the impact: a standard deviation over all properties. As decimals, so that the last bits of changes that
-- are all the same are no spread.
units as (

    select
        differences.programme,
        {%- for measure in ['tone', 'problems'] %}
        nullif(
            cast(
                sqrt(
                    sum(differences.weight * power(differences.{{ measure }} - means.{{ measure }}, 2))
                    / nullif(sum(differences.weight) - 1, 0)
                ) as decimal(18, 10)
            ), 0
        ) as {{ measure }}_unit,
        {%- endfor %}
        differences.comparison
    from differences
    inner join means
        on
            differences.programme = means.programme
            and differences.comparison = means.comparison
    group by differences.programme, differences.comparison

),

measured as (

    select
        differences.programme,
        differences.comparison,
        differences.is_treated,
        differences.weight,
        (
            coalesce(differences.tone / units.tone_unit, 0) - coalesce(differences.problems / units.problems_unit, 0)
        ) / 2 as impact,
        differences.tone,
        differences.problems
    from differences
    inner join units
        on
            differences.programme = units.programme
            and differences.comparison = units.comparison

),

effects as (

    select
        programme,
        {%- for measure in measures %}
        avg(case when is_treated then {{ measure }} end) as {{ measure }},
        {%- endfor %}
        comparison
    from measured
    group by programme, comparison

),

-- Sums of squares around the mean of either side; that of the others is 0, window by window.
spreads as (

    select
        measured.programme,
        {%- for measure in measures %}
        sum(case when measured.is_treated then power(measured.{{ measure }} - effects.{{ measure }}, 2) else 0 end)
            as treated_{{ measure }},
        sum(case when measured.is_treated then 0 else measured.weight * power(measured.{{ measure }}, 2) end)
            as others_{{ measure }},
        {%- endfor %}
        measured.comparison
    from measured
    inner join effects
        on
            measured.programme = effects.programme
            and measured.comparison = effects.comparison
    group by measured.programme, measured.comparison

),

degrees as (

    select
        judged_programmes.programme,
        judged_programmes.treated_properties,
        judged_programmes.other_properties,
        judged_programmes.treated_properties + judged_programmes.other_properties - 2 as degrees_of_freedom,
        -- That of the nearest smaller number where the seed leaves some out: an interval that is a little too wide.
        min(t_quantiles.t_quantile) as t_quantile
    from judged_programmes
    inner join t_quantiles
        on
            judged_programmes.treated_properties + judged_programmes.other_properties - 2
            >= t_quantiles.degrees_of_freedom
    where judged_programmes.is_enough
    group by judged_programmes.programme, judged_programmes.treated_properties, judged_programmes.other_properties

),

-- The larger of two standard errors: one spread for both sides, as ordinary least squares has it, and a spread of each
-- side's own, which a single odd property among few widens most.
errors as (

    select
        spreads.programme,
        degrees.t_quantile,
        {%- for measure in measures %}
        effects.{{ measure }} as {{ measure }}_effect,
        sqrt(
            greatest(
                (spreads.treated_{{ measure }} + spreads.others_{{ measure }}) / degrees.degrees_of_freedom
                * (cast(1 as double) / degrees.treated_properties + cast(1 as double) / degrees.other_properties),
                coalesce(
                    spreads.treated_{{ measure }}
                    / nullif(degrees.treated_properties * (degrees.treated_properties - 1), 0),
                    0
                )
                + coalesce(
                    spreads.others_{{ measure }}
                    / nullif(degrees.other_properties * (degrees.other_properties - 1), 0),
                    0
                )
            )
        ) as {{ measure }}_error,
        {%- endfor %}
        spreads.comparison
    from spreads
    inner join effects
        on
            spreads.programme = effects.programme
            and spreads.comparison = effects.comparison
    inner join degrees
        on spreads.programme = degrees.programme

),

intervals as (

    select
        errors.programme,
        units.tone_unit,
        units.problems_unit,
        {%- for measure in measures %}
        cast(errors.{{ measure }}_effect as decimal(18, 10)) as {{ measure }}_effect,
        cast(errors.{{ measure }}_error as decimal(18, 10)) as {{ measure }}_error,
        cast(errors.{{ measure }}_effect - errors.t_quantile * errors.{{ measure }}_error as decimal(18, 10))
            as {{ measure }}_low,
        cast(errors.{{ measure }}_effect + errors.t_quantile * errors.{{ measure }}_error as decimal(18, 10))
            as {{ measure }}_high,
        {%- endfor %}
        errors.comparison
    from errors
    inner join units
        on
            errors.programme = units.programme
            and errors.comparison = units.comparison

),

courses as (

    select
        {%- for side, is_side in {'treated': 'is_treated', 'other': 'not is_treated'}.items() %}
        {%- for score in ['score_before', 'score_after'] %}
        {{ rounded(
            'sum(case when ' ~ is_side ~ ' then weight * mean_' ~ score ~ ' end)'
            ~ ' / nullif(sum(case when ' ~ is_side ~ ' and mean_' ~ score ~ ' is not null then weight end), 0)', 5, 2
        ) }} as {{ side }}_{{ score }},
        {%- endfor %}
        {%- endfor %}
        programme
    from changes
    where comparison = 'impact'
    group by programme

),

verdicts as (

    select
        initiatives.initiative_id,
        initiatives.initiative_name,
        initiatives.property_id,
        initiatives.programme,
        case
            when members.left_out_because is not null or not coalesce(judged_programmes.is_enough, false)
                then 'too little data'
            when placebo.impact_low > 0 or placebo.impact_high < 0 then 'not comparable'
            when impact.impact_low > 0 then 'better'
            when impact.impact_high < 0 then 'worse'
            else 'no clear change'
        end as verdict,
        members.left_out_because,
        members.left_out_because is null as is_measured,
        coalesce(judged_programmes.treated_properties, 0) as treated_properties,
        coalesce(judged_programmes.other_properties, 0) as other_properties,
        {%- for side, from_day, before_day in [
            ('placebo', 'known_from', 'before_from'),
            ('before', 'known_from', 'started_on'),
            ('after', 'started_on', 'known_before'),
        ] %}
        cast(
            least(
                greatest({{ days_between('starts.' ~ from_day, 'starts.' ~ before_day) }}, 0),
                settings.window_days
            ) as integer
        ) as days_{{ side }},
        {%- endfor %}
        impact.impact_effect as effect,
        impact.impact_error as standard_error,
        impact.impact_low as effect_low,
        impact.impact_high as effect_high,
        placebo.impact_effect as placebo_effect,
        placebo.impact_error as placebo_standard_error,
        placebo.impact_low as placebo_low,
        placebo.impact_high as placebo_high,
        {%- for measure in ['tone', 'problems'] %}
        impact.{{ measure }}_unit,
        impact.{{ measure }}_effect,
        impact.{{ measure }}_error as {{ measure }}_standard_error,
        impact.{{ measure }}_low as {{ measure }}_effect_low,
        impact.{{ measure }}_high as {{ measure }}_effect_high,
        {%- endfor %}
        members.started_on as measured_from,
        initiatives.started_on,
        initiatives.ended_on
    from initiatives
    cross join settings
    inner join members
        on
            initiatives.programme = members.programme
            and initiatives.property_id = members.property_id
    inner join starts
        on members.started_on = starts.started_on
    left join judged_programmes
        on initiatives.programme = judged_programmes.programme
    left join intervals as impact
        on
            initiatives.programme = impact.programme
            and impact.comparison = 'impact'
    left join intervals as placebo
        on
            initiatives.programme = placebo.programme
            and placebo.comparison = 'placebo'

),

final as (

    select
        verdicts.initiative_id,
        verdicts.initiative_name,
        verdicts.property_id,
        verdicts.verdict,
        case verdicts.verdict
            when 'not comparable'
                then
                    'the properties went apart before the start already: '
                    || {{ interval_in_words(
                        'verdicts.placebo_effect', 'verdicts.placebo_low', 'verdicts.placebo_high'
                    ) }}
            when 'too little data'
                then coalesce(
                    verdicts.left_out_because,
                    cast(verdicts.treated_properties as string) || ' properties with it and '
                    || cast(verdicts.other_properties as string) || ' without an initiative in that time'
                )
            else {{ interval_in_words('verdicts.effect', 'verdicts.effect_low', 'verdicts.effect_high') }}
        end as verdict_because,
        verdicts.treated_properties,
        verdicts.other_properties,
        verdicts.days_placebo,
        verdicts.days_before,
        verdicts.days_after,
        verdicts.effect,
        verdicts.standard_error,
        verdicts.effect_low,
        verdicts.effect_high,
        verdicts.placebo_effect,
        verdicts.placebo_standard_error,
        verdicts.placebo_low,
        verdicts.placebo_high,
        {%- for measure in ['tone', 'problems'] %}
        verdicts.{{ measure }}_effect,
        verdicts.{{ measure }}_standard_error,
        verdicts.{{ measure }}_effect_low,
        verdicts.{{ measure }}_effect_high,
        verdicts.{{ measure }}_unit,
        {%- endfor %}
        courses.treated_score_before,
        courses.treated_score_after,
        courses.other_score_before,
        courses.other_score_after,
        initiative_windows.customers,
        initiative_windows.tone_before,
        initiative_windows.tone_after,
        initiative_windows.problems_before,
        initiative_windows.problems_after,
        cast(initiative_windows.mean_score_before as decimal(5, 2)) as score_before,
        cast(initiative_windows.mean_score_after as decimal(5, 2)) as score_after,
        verdicts.is_measured,
        verdicts.measured_from,
        verdicts.started_on,
        verdicts.ended_on
    from verdicts
    left join courses
        on verdicts.programme = courses.programme
    left join initiative_windows
        on
            verdicts.measured_from = initiative_windows.started_on
            and verdicts.property_id = initiative_windows.property_id
            and initiative_windows.comparison = 'impact'

)

select * from final
