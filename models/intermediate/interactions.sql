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
        'text_nature',
        'text_category',
        'tone_words',
        'text_tone',
        'tone_confidence',
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
        issue_category as given_category,
        text_category,
        coalesce(
            nature,
            text_nature,
            case when coalesce(issue_id, issue_category) is not null then 'request' else 'inquiry' end
        ) as nature,
        tone_words,
        body,
        sentiment,
        -- A text in which nothing is felt says nothing of how it felt.
        case when tone_confidence > 0 then text_tone end as text_tone,
        tone_confidence,
        occurred_at,
        occurred_on
    from unioned
    where row_status = 'used'

),

with_tone as (

    select
        with_nature.*,
        coalesce(
            with_nature.given_category,
            case when natures.is_problem then with_nature.text_category end
        ) as issue_category,
        coalesce(with_nature.sentiment, with_nature.text_tone, cast(natures.default_tone as double)) as tone,
        case
            when with_nature.sentiment is not null then 'given'
            when with_nature.text_tone is not null then 'text'
            else 'nature'
        end as tone_source,
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
        tone_source,
        case when tone_source = 'text' then tone_words end as tone_words,
        body,
        tone,
        case when tone_source = 'text' then tone_confidence end as tone_confidence,
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
