-- customer_segments: one row per customer and day on which they entered a segment or a property; ended_on is the first
-- day after it, null while it lasts.
with

unioned as (
    {{ union_sources('customer_segments', [
        'customer_id',
        'property_id',
        'segment',
        'started_on',
        'ended_on',
        'row_status',
    ]) }}
),

interactions as (

    select * from {{ ref('interactions') }}

),

given as (

    select
        customer_id,
        property_id,
        segment,
        started_on,
        ended_on,
        false as is_assumed
    from unioned
    where row_status = 'used'

),

-- A kind of source that says nothing of segments has residents only, from their first interaction on; but for those of
-- whom another kind knows better.
assumed as (

    select
        interactions.customer_id,
        cast(null as varchar) as property_id,
        'resident' as segment,
        min(interactions.occurred_on) as started_on,
        cast(null as date) as ended_on,
        true as is_assumed
    from interactions
    left join given
        on interactions.customer_id = given.customer_id
    where
        given.customer_id is null
        and interactions.source_kind not in (select unioned.source_kind from unioned)
    group by interactions.customer_id

),

intervals as (

    select * from given
    union all
    select * from assumed

),

with_next as (

    select
        *,
        lead(started_on) over (
            partition by customer_id
            order by started_on, segment, property_id nulls first
        ) as next_started_on
    from intervals

),

ended as (

    select
        customer_id,
        property_id,
        segment,
        is_assumed,
        started_on,
        case
            when ended_on > next_started_on then next_started_on
            else coalesce(ended_on, next_started_on)
        end as ended_on
    from with_next

),

-- An interval without a day ends an earlier one, and is no more.
final as (

    select * from ended
    where
        ended_on is null
        or ended_on > started_on

)

select * from final
