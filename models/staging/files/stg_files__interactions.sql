-- stg_files__interactions: one row per raw row of interactions, read and judged; and what its text says, where the row
-- itself leaves open how the customer felt, or what it was about.
with

raw_interactions as (

    select * from {{ raw_table('files', 'interactions') }}
    {{ not_yet_read() }}

),

natures as (

    select * from {{ ref('natures') }}

),

channels as (

    select * from {{ ref('channels') }}

),

typed as (

    select
        {{ clean_text('interaction_id') }} as interaction_id,
        {{ clean_text('customer_id') }} as customer_id,
        {{ clean_text('issue_id') }} as issue_id,
        lower({{ clean_text('channel') }}) as channel_text,
        lower({{ clean_text('direction') }}) as direction_text,
        {{ clean_text('touchpoint') }} as touchpoint,
        {{ clean_text('issue_category') }} as issue_category,
        lower({{ clean_text('nature') }}) as nature,
        {{ masked('body') }} as body,
        {{ clean_text('sentiment') }} as sentiment_text,
        try_cast({{ clean_text('sentiment') }} as double) as sentiment,
        {{ local_timestamp(clean_text('occurred_at')) }} as occurred_at,
        {{ raw_columns('raw_interactions') }}
    from raw_interactions

),

judged as (

    select
        typed.*,
        coalesce(channels.channel, 'other') as channel,
        case when typed.direction_text = 'outbound' then 'outbound' else 'inbound' end as direction,
        case
            when typed.interaction_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when typed.customer_id is null then 'missing_customer'
            when typed.occurred_at is null then 'unreadable_timestamp'
            when typed.nature is not null and natures.nature is null then 'unknown_nature'
            when typed.sentiment_text is not null and typed.sentiment is null then 'unreadable_number'
            when typed.sentiment not between -1 and 1 then 'sentiment_out_of_range'
        end as reason
    from typed
    left join natures
        on typed.nature = natures.nature
    left join channels
        on typed.channel_text = channels.channel

),

checked_rows as (

    select
        interaction_id,
        customer_id,
        issue_id,
        channel,
        direction,
        touchpoint,
        issue_category,
        nature,
        body,
        sentiment,
        occurred_at,
        {{ judged_columns(
            'interaction_id',
            dated_on='occurred_at',
            repairs="concat_ws(
                ', ',
                case when channel_text <> channel then 'unknown_channel' end,
                case when direction_text <> direction then 'unknown_direction' end
            )",
            texts=['body'],
        ) }}
    from judged

),

{{ read_texts('checked_rows', 'judged_rows') }},

{{ settled(
    columns=[
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
    ] + text_reading_columns(),
    key=['interaction_id'],
) }}

select * from settled
