-- One row per initiative, of $property alone if it is not null.
select
    initiative_impacts.initiative_id,
    initiative_impacts.initiative_name,
    initiative_impacts.property_id,
    properties.property_name,
    initiative_impacts.started_on,
    initiative_impacts.ended_on,
    initiative_impacts.days_before,
    initiative_impacts.days_after,
    initiative_impacts.effect,
    initiative_impacts.effect_low,
    initiative_impacts.effect_high,
    initiative_impacts.placebo_effect,
    initiative_impacts.placebo_low,
    initiative_impacts.placebo_high,
    initiative_impacts.tone_before,
    initiative_impacts.tone_after,
    initiative_impacts.problems_before,
    initiative_impacts.problems_after,
    initiative_impacts.score_before,
    initiative_impacts.score_after,
    initiative_impacts.treated_properties,
    initiative_impacts.other_properties,
    initiative_impacts.verdict,
    initiative_impacts.verdict_because
from marts.initiative_impacts
left join (
    select
        property_id,
        max(property_name) as property_name
    from marts.property_scores_daily
    group by property_id
) as properties
    on initiative_impacts.property_id = properties.property_id
where $property is null or initiative_impacts.property_id = $property
order by initiative_impacts.started_on, initiative_impacts.initiative_id
