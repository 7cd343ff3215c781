-- score_statement: one row per customer and line: what moved the score, when, by how much, and what was said. The
-- lines up to a day add up to the score of that day, but for the time since the last one.
{{ catches_up(['new_days']) }}
{{ config(
    pre_hook="{{ begin_batches('statement_changes', var('statement_batch_customers')) }}",
    post_hook="{{ insert_other_batches() }}"
) }}
with

changes as (

    select *
    from {{ ref('statement_changes') }}
    where {{ is_of_this_batch('customer_id') }}

),

lines as (

    select * from {{ ref('statement_lines') }}

),

contacts as (

    select
        contacts.contact_id,
        contacts.issue_id,
        contacts.messages
    from {{ ref('contacts') }} as contacts
    inner join changes
        on
            contacts.customer_key = changes.customer_key
            and contacts.contact_on >= changes.changed_from

),

issues as (

    select issues.*
    from {{ ref('issues') }} as issues
    inner join changes
        on
            issues.customer_key = changes.customer_key
            and issues.closed_on >= changes.changed_from

),

excerpt_setting as (

    select cast(value as integer) as characters
    from {{ ref('rule_settings') }}
    where setting = 'excerpt_characters'

),

spoken as (

    select
        interactions.interaction_id,
        interactions.source_kind,
        interactions.customer_id,
        interactions.issue_id,
        interactions.channel,
        interactions.touchpoint,
        interactions.issue_category,
        interactions.nature,
        interactions.tone_words,
        interactions.body,
        interactions.signed_tone,
        interactions.is_commendation,
        interactions.occurred_at,
        interactions.occurred_on
    from {{ ref('interactions') }} as interactions
    inner join changes
        on
            interactions.customer_id = changes.customer_id
            and interactions.occurred_at >= changes.changed_from
    where interactions.direction = 'inbound'

),

named as (

    select
        *,
        {{ contact_id() }} as contact_id
    from spoken

),

-- The message that tells most of a contact: the strongest, of equal ones the first. Most contacts have one message, and
-- only of the others they are ranked.
messages as (
    {%- for condition in ['contacts.messages = 1', 'contacts.messages > 1'] %}

    select
        contacts.contact_id,
        contacts.issue_id,
        contacts.messages,
        named.channel,
        named.touchpoint,
        named.nature,
        named.issue_category,
        named.tone_words,
        named.signed_tone as tone,
        {%- if loop.first %}
        1 as message_place,
        {%- else %}
        row_number() over (
            partition by contacts.contact_id
            order by -abs(named.signed_tone), named.occurred_at, named.interaction_id, named.source_kind
        ) as message_place,
        {%- endif %}
        named.body
    from named
    inner join contacts
        on named.contact_id = contacts.contact_id
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

told as (

    select
        messages.*,
        {{ excerpt('messages.body', 'excerpt_setting.characters') }} as excerpt
    from messages
    cross join excerpt_setting
    where messages.message_place = 1

),

closed as (

    select
        customer_key,
        issue_id,
        min(issue_category) as issue_category
    from issues
    where closed_on is not null
    group by customer_key, issue_id

),

final as (

    select
        lines.customer_id,
        lines.customer_key,
        lines.line_number,
        lines.line_kind,
        told.contact_id,
        coalesce(told.issue_id, closed.issue_id) as issue_id,
        lines.segment,
        lines.property_id,
        told.channel,
        told.touchpoint,
        told.nature,
        coalesce(told.issue_category, closed.issue_category) as issue_category,
        told.excerpt,
        told.tone_words,
        told.messages,
        told.tone,
        {%- for factor in factor_names() %}
        lines.{{ factor }}_change,
        {%- endfor %}
        cast(
            lines.frequency_change + lines.tone_change + lines.variety_change + lines.persistence_change
            + lines.recency_change
            as decimal(5, 2)
        ) as score_change,
        lines.score_after,
        lines.occurred_at,
        lines.statement_on
    from lines
    left join told
        on
            lines.event_id = told.contact_id
            and lines.line_kind = 'contact'
    left join closed
        on
            lines.customer_key = closed.customer_key
            and lines.event_id = closed.issue_id
            and lines.line_kind = 'resolution'

)

select * from final
