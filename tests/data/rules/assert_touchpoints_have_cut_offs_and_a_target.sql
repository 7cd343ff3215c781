-- A need is judged by two cut-offs on its scale and a target; context is judged by none.
with

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

measures as (

    select * from {{ ref('measures') }}

),

final as (

    select touchpoints.touchpoint
    from touchpoints
    left join measures
        on touchpoints.measure = measures.measure
    where
        case
            when touchpoints.measure = 'context'
                then coalesce(touchpoints.met_from, touchpoints.exceeded_from, touchpoints.target) is not null
            when measures.measure is null and touchpoints.measure <> 'operational' then true
            else not coalesce(
                touchpoints.met_from <= touchpoints.exceeded_from
                and touchpoints.met_from > coalesce(measures.lowest, 0)
                and touchpoints.exceeded_from <= coalesce(measures.highest, 1)
                and touchpoints.target > 0
                and touchpoints.target < 1,
                false
            )
        end

)

select * from final
