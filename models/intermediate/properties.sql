-- properties: one row per property that a source describes.
with

unioned as (
    {{ union_sources('properties', ['property_id', 'property_name', 'region', 'units', 'row_status']) }}
),

final as (

    select
        property_id,
        property_name,
        region,
        units
    from unioned
    where row_status = 'used'

)

select * from final
