-- initiatives: one row per initiative that a source describes, with the programme that it is a part of.
with

unioned as (
    {{ union_sources('initiatives', [
        'initiative_id',
        'initiative_name',
        'property_id',
        'started_on',
        'ended_on',
        'row_status',
    ]) }}
),

-- What has no name is a programme of its own, also where its id is the name of another.
final as (

    select
        initiative_id,
        initiative_name,
        case
            when initiative_name is null then 'initiative ' || initiative_id
            else 'programme ' || lower(initiative_name)
        end as programme,
        property_id,
        started_on,
        ended_on
    from unioned
    where row_status = 'used'

)

select * from final
