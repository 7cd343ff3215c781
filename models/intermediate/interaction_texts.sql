-- interaction_texts: one row per inbound interaction whose words say what its source leaves out: how they feel, and what
-- they are about. Read once per text, and again only if what the source says of it changes.
{{ catches_up() }}
{{ config(meta={'day': '{}.occurred_at'}) }}
with

unioned as (
    {{ union_sources('interactions', [
        'interaction_id',
        'customer_id',
        'direction',
        'issue_category',
        'nature',
        'body',
        'sentiment',
        'occurred_at',
        'row_status',
    ]) }}
),

silent as (

    select
        unioned.source_kind,
        unioned.interaction_id,
        unioned.customer_id,
        {{ hashed(['unioned.source_kind', 'unioned.interaction_id', 'unioned.body']) }} as text_key,
        unioned.body,
        unioned.occurred_at
    from unioned
    {{ only_touched('unioned', 'unioned.occurred_at') }}
    where
        unioned.row_status = 'used'
        and unioned.direction = 'inbound'
        and unioned.body <> ''
        and (unioned.nature is null or unioned.sentiment is null or unioned.issue_category is null)

),
{% if is_incremental() %}
kept as (

    select kept.*
    from {{ this }} as kept
    {{ only_touched('kept', 'kept.occurred_at') }}

),
{% endif %}
texts as (

    select
        silent.text_key as text_id,
        silent.body
    from silent
    {%- if is_incremental() %}
    left join kept
        on silent.text_key = kept.text_key
    where kept.text_key is null
    {%- endif %}

),

{{ classified_texts() }},

read_texts as (

    select
        text_id as text_key,
        nature,
        issue_category,
        tone_words,
        tone,
        tone_confidence,
        words
    from classified_texts
    {%- if is_incremental() %}

    union all

    select
        text_key,
        nature,
        issue_category,
        tone_words,
        tone,
        tone_confidence,
        words
    from kept
    {%- endif %}

),

final as (

    select
        silent.interaction_id,
        silent.source_kind,
        silent.customer_id,
        silent.text_key,
        read_texts.nature,
        read_texts.issue_category,
        read_texts.tone_words,
        read_texts.tone,
        read_texts.tone_confidence,
        read_texts.words,
        silent.occurred_at
    from silent
    inner join read_texts
        on silent.text_key = read_texts.text_key
    {{ clustered_by('occurred_at') }}

)

select * from final
