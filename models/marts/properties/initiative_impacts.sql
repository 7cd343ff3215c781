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

    select
        started_on,
        property_id,
        comparison,
        customers,
        contacts_before,
        contacts_after,
        tone_before,
        tone_after,
        problems_before,
        problems_after,
        mean_score_before,
        mean_score_after,
        cast(tone_after as double) - cast(tone_before as double) as tone_change,
        cast(problems_after as double) - cast(problems_before as double) as problems_change
    from {{ ref('initiative_windows') }}

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

-- Each property counts once in a programme, from its first start on.
members as (

    select
        programme,
        property_id,
        min(started_on) as started_on
    from initiatives
    group by programme, property_id

),

-- What goes on in a property: an initiative without an end for as long as its own impact is looked for.
occupied as (

    select
        initiatives.programme,
        initiatives.property_id,
        initiatives.started_on as occupied_from,
        greatest(
            coalesce(initiatives.ended_on, initiatives.started_on),
            initiatives.started_on + settings.window_days
        ) as occupied_before
    from initiatives
    cross join settings

),

-- Tones need a contact in every window.
usable as (

    select
        started_on,
        property_id
    from initiative_windows
    where
        contacts_before > 0
        and contacts_after > 0
    group by started_on, property_id
    having count(*) = 2

),

member_windows as (

    select
        members.programme,
        members.property_id,
        members.started_on,
        starts.is_complete,
        usable.property_id is not null as is_usable,
        starts.earlier_from,
        starts.before_from,
        starts.ended_before,
        starts.known_from,
        starts.known_before
    from members
    inner join starts
        on members.started_on = starts.started_on
    left join usable
        on
            members.started_on = usable.started_on
            and members.property_id = usable.property_id

),

busy_members as (

    select distinct
        member_windows.programme,
        member_windows.property_id
    from member_windows
    inner join occupied
        on
            member_windows.property_id = occupied.property_id
            and member_windows.programme <> occupied.programme
            and member_windows.ended_before > occupied.occupied_from
            and member_windows.earlier_from < occupied.occupied_before

),

judged_members as (

    select
        member_windows.*,
        case
            when not member_windows.is_complete and member_windows.ended_before > member_windows.known_before
                then 'the window after the start ends on ' || cast(member_windows.ended_before - 1 as varchar)
            when not member_windows.is_complete
                then 'the windows before the start begin on ' || cast(member_windows.earlier_from as varchar)
                || ', before what is known'
            when busy_members.property_id is not null then 'another initiative in the property in that time'
            when not member_windows.is_usable then 'a window without a contact of customers who were there in both'
        end as left_out_because
    from member_windows
    left join busy_members
        on
            member_windows.programme = busy_members.programme
            and member_windows.property_id = busy_members.property_id

),

treated as (

    select
        programme,
        property_id,
        started_on,
        earlier_from,
        ended_before
    from judged_members
    where left_out_because is null

),

programme_starts as (

    select
        programme,
        started_on,
        count(*) as treated_here,
        min(earlier_from) as earlier_from,
        min(ended_before) as ended_before
    from treated
    group by programme, started_on

),

programme_sizes as (

    select
        programme,
        count(*) as starts,
        cast(sum(treated_here) as bigint) as treated_properties
    from programme_starts
    group by programme

),

busy_others as (

    select distinct
        programme_starts.programme,
        occupied.property_id
    from programme_starts
    inner join occupied
        on
            programme_starts.programme <> occupied.programme
            and programme_starts.ended_before > occupied.occupied_from
            and programme_starts.earlier_from < occupied.occupied_before

),

-- Properties to compare with have every window of the programme, and no initiative in any of them.
others as (

    select
        programme_starts.programme,
        usable.property_id
    from programme_starts
    inner join usable
        on programme_starts.started_on = usable.started_on
    inner join programme_sizes
        on programme_starts.programme = programme_sizes.programme
    left join members
        on
            programme_starts.programme = members.programme
            and usable.property_id = members.property_id
    left join busy_others
        on
            programme_starts.programme = busy_others.programme
            and usable.property_id = busy_others.property_id
    where
        members.property_id is null
        and busy_others.property_id is null
    group by programme_starts.programme, usable.property_id
    having count(*) = max(programme_sizes.starts)

),

programmes as (

    select
        programme_sizes.programme,
        programme_sizes.treated_properties,
        count(others.property_id) as other_properties
    from programme_sizes
    left join others
        on programme_sizes.programme = others.programme
    group by programme_sizes.programme, programme_sizes.treated_properties

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

-- One change per treated property. The others have one for each of the same calendar windows, and weigh one all the same.
changes as (

    select
        treated.programme,
        initiative_windows.comparison,
        treated.started_on,
        treated.property_id,
        true as is_treated,
        cast(1 as double) as weight,
        initiative_windows.tone_change,
        initiative_windows.problems_change,
        initiative_windows.mean_score_before,
        initiative_windows.mean_score_after
    from treated
    inner join initiative_windows
        on
            treated.started_on = initiative_windows.started_on
            and treated.property_id = initiative_windows.property_id

    union all

    select
        others.programme,
        initiative_windows.comparison,
        programme_starts.started_on,
        others.property_id,
        false as is_treated,
        cast(programme_starts.treated_here as double) / programme_sizes.treated_properties as weight,
        initiative_windows.tone_change,
        initiative_windows.problems_change,
        initiative_windows.mean_score_before,
        initiative_windows.mean_score_after
    from others
    inner join programme_starts
        on others.programme = programme_starts.programme
    inner join programme_sizes
        on others.programme = programme_sizes.programme
    inner join initiative_windows
        on
            programme_starts.started_on = initiative_windows.started_on
            and others.property_id = initiative_windows.property_id

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
        differences.comparison,
        {%- for measure in ['tone', 'problems'] %}
        nullif(
            cast(
                sqrt(
                    sum(differences.weight * power(differences.{{ measure }} - means.{{ measure }}, 2))
                    / nullif(sum(differences.weight) - 1, 0)
                ) as decimal(18, 10)
            ), 0
        ) as {{ measure }}_unit
        {{- ',' if not loop.last }}
        {%- endfor %}
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
        comparison,
        {%- for measure in measures %}
        avg(case when is_treated then {{ measure }} end) as {{ measure }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from measured
    group by programme, comparison

),

-- Sums of squares around the mean of either side; that of the others is 0, window by window.
spreads as (

    select
        measured.programme,
        measured.comparison,
        {%- for measure in measures %}
        sum(case when measured.is_treated then power(measured.{{ measure }} - effects.{{ measure }}, 2) else 0 end)
            as treated_{{ measure }},
        sum(case when measured.is_treated then 0 else measured.weight * power(measured.{{ measure }}, 2) end)
            as others_{{ measure }}
        {{- ',' if not loop.last }}
        {%- endfor %}
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
        spreads.comparison,
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
        ) as {{ measure }}_error
        {{- ',' if not loop.last }}
        {%- endfor %}
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
        errors.comparison,
        units.tone_unit,
        units.problems_unit,
        {%- for measure in measures %}
        cast(errors.{{ measure }}_effect as decimal(18, 10)) as {{ measure }}_effect,
        cast(errors.{{ measure }}_error as decimal(18, 10)) as {{ measure }}_error,
        cast(errors.{{ measure }}_effect - errors.t_quantile * errors.{{ measure }}_error as decimal(18, 10))
            as {{ measure }}_low,
        cast(errors.{{ measure }}_effect + errors.t_quantile * errors.{{ measure }}_error as decimal(18, 10))
            as {{ measure }}_high
        {{- ',' if not loop.last }}
        {%- endfor %}
    from errors
    inner join units
        on
            errors.programme = units.programme
            and errors.comparison = units.comparison

),

courses as (

    select
        programme,
        {%- for side in ['treated', 'other'] %}
        {%- set is_side = 'is_treated' if side == 'treated' else 'not is_treated' %}
        {%- for moment in ['before', 'after'] %}
        {%- set score = 'mean_score_' ~ moment %}
        {{ rounded(
            'sum(case when ' ~ is_side ~ ' then weight * ' ~ score ~ ' end)'
            ~ ' / nullif(sum(case when ' ~ is_side ~ ' and ' ~ score ~ ' is not null then weight end), 0)', 5, 2
        ) }} as {{ side }}_score_{{ moment }}
        {{- ',' if not loop.last }}
        {%- endfor %}
        {{- ',' if not loop.last }}
        {%- endfor %}
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
            when judged_members.left_out_because is not null or not coalesce(judged_programmes.is_enough, false)
                then 'too little data'
            when placebo.impact_low > 0 or placebo.impact_high < 0 then 'not comparable'
            when impact.impact_low > 0 then 'better'
            when impact.impact_high < 0 then 'worse'
            else 'no clear change'
        end as verdict,
        judged_members.left_out_because,
        judged_members.left_out_because is null as is_measured,
        coalesce(judged_programmes.treated_properties, 0) as treated_properties,
        coalesce(judged_programmes.other_properties, 0) as other_properties,
        {%- for side, from_day, before_day in [
            ('placebo', 'known_from', 'before_from'),
            ('before', 'known_from', 'started_on'),
            ('after', 'started_on', 'known_before'),
        ] %}
        cast(
            least(
                greatest(judged_members.{{ before_day }} - judged_members.{{ from_day }}, 0),
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
        judged_members.started_on as measured_from,
        initiatives.started_on,
        initiatives.ended_on
    from initiatives
    cross join settings
    inner join judged_members
        on
            initiatives.programme = judged_members.programme
            and initiatives.property_id = judged_members.property_id
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
                then 'the properties went apart before the start already: '
                || {{ interval_in_words('verdicts.placebo_effect', 'verdicts.placebo_low', 'verdicts.placebo_high') }}
            when 'too little data'
                then coalesce(
                    verdicts.left_out_because,
                    cast(verdicts.treated_properties as varchar) || ' properties with it and '
                    || cast(verdicts.other_properties as varchar) || ' without an initiative in that time'
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
