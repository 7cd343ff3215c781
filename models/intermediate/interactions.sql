-- interactions: one row per interaction that counts or is shown: its nature and tone settled, its contact named.
with

unioned as (
    {{ union_sources('interactions', [
        'interaction_id',
        'customer_id',
        'issue_id',
        'channel',
        'direction',
        'touchpoint',
        'issue_category',
        'nature',
        'body',
        'sentiment',
        'occurred_at',
        'cast(occurred_at as date) as occurred_on',
        'row_status',
    ]) }}
),

natures as (

    select * from {{ ref('natures') }}

),

with_nature as (

    select
        interaction_id,
        source_kind,
        customer_id,
        issue_id,
        channel,
        direction,
        touchpoint,
        issue_category,
        coalesce(
            nature,
            case when coalesce(issue_id, issue_category) is not null then 'request' else 'inquiry' end
        ) as nature,
        body,
        sentiment,
        occurred_at,
        occurred_on
    from unioned
    where row_status = 'used'

),

with_tone as (

    select
        with_nature.*,
        coalesce(with_nature.sentiment, cast(natures.default_tone as double)) as tone,
        cast(natures.resident_effect as double) as resident_effect,
        cast(natures.prospect_effect as double) as prospect_effect,
        natures.is_problem,
        natures.nature = 'commendation' as is_commendation
    from with_nature
    inner join natures
        on with_nature.nature = natures.nature

),

final as (

    select
        interaction_id,
        source_kind,
        customer_id,
        case when direction = 'inbound' then {{ contact_id() }} end as contact_id,
        issue_id,
        channel,
        direction,
        touchpoint,
        issue_category,
        nature,
        case when sentiment is null then 'nature' else 'given' end as tone_source,
        body,
        tone,
        case nature
            when 'grievance' then least(tone, 0)
            when 'commendation' then greatest(tone, 0)
            else tone
        end as signed_tone,
        resident_effect,
        prospect_effect,
        is_problem,
        is_commendation,
        occurred_at,
        occurred_on
    from with_tone

)

select * from final
