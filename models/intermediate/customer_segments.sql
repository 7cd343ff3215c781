-- customer_segments: one row per customer and day on which they entered a segment or a property; ended_on is the first
-- day after it, null while it lasts.
{{ catches_up() }}
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

given as (

    select
        unioned.customer_id,
        unioned.property_id,
        unioned.segment,
        unioned.started_on,
        unioned.ended_on,
        false as is_assumed
    from unioned
    {{ only_touched('unioned') }}
    where unioned.row_status = 'used'

),

silent_kinds as (
    {%- for kind in var('source_kinds') %}
    select '{{ kind }}' as source_kind
    where '{{ kind }}' not in (select unioned.source_kind from unioned)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A kind of source that says nothing of segments has residents only, from their first interaction on; but for those of
-- whom another kind knows better.
interactions as (

    select interactions.*
    from {{ ref('interactions') }} as interactions
    inner join silent_kinds
        on interactions.source_kind = silent_kinds.source_kind
    {%- if is_incremental() %}
    inner join (
        select touched_customers.customer_id
        from {{ ref('touched_customers') }} as touched_customers
        left join given
            on touched_customers.customer_id = given.customer_id
        where given.customer_id is null
    ) as in_no_segment
        on interactions.customer_id = in_no_segment.customer_id
    {%- endif %}

),

assumed as (

    select
        interactions.customer_id,
        cast(null as string) as property_id,
        'resident' as segment,
        min(interactions.occurred_on) as started_on,
        cast(null as date) as ended_on,
        true as is_assumed
    from interactions
    left join given
        on interactions.customer_id = given.customer_id
    where given.customer_id is null
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
