-- account_states: one row per customer and event that this build derives a line of the statement for, in their order,
-- and per issue that opens: the segment and the balances before and after it.
{%- set issue_balances = ['persistence_open_issues', 'persistence_opened'] %}
with

accounts as (

    select
        *,
        -- The state at the end of this day is where the lines go on from.
        coalesce(kept_on, opened_on - 1) as base_on,
        -- Contacts are lines: between the last line that stays and the first change there are none to look for.
        case when kept_on is null then opened_on else changed_from end as contacts_from
    from {{ ref('statement_changes') }}
    where
        coalesce(kept_on, opened_on) is not null
        and {{ is_of_this_batch('customer_id') }}

),

scoring_days as (

    select * from {{ ref('scoring_days') }}

),

last_day as (

    select max(score_date) as as_of from scoring_days

),

spells as (

    select
        accounts.customer_key,
        accounts.base_on,
        accounts.kept_on,
        accounts.opened_on,
        customer_segments.segment,
        customer_segments.property_id,
        customer_segments.started_on,
        customer_segments.ended_on,
        lag(customer_segments.segment) over (
            partition by accounts.customer_key
            order by customer_segments.started_on
        ) as previous_segment,
        lag(customer_segments.property_id) over (
            partition by accounts.customer_key
            order by customer_segments.started_on
        ) as previous_property_id,
        lag(customer_segments.ended_on) over (
            partition by accounts.customer_key
            order by customer_segments.started_on
        ) as previous_ended_on,
        lead(customer_segments.started_on) over (
            partition by accounts.customer_key
            order by customer_segments.started_on
        ) as next_started_on
    from {{ ref('customer_segments') }} as customer_segments
    inner join accounts
        on customer_segments.customer_id = accounts.customer_id

),

-- An empty text stands for no segment and for no property: null says that a line changes neither.
moves as (

    select
        customer_key,
        base_on,
        kept_on,
        opened_on,
        started_on as line_on,
        'segment' as line_kind,
        segment,
        coalesce(property_id, '') as property_id
    from spells
    where
        started_on is distinct from previous_ended_on
        or segment <> previous_segment

    union all

    select
        customer_key,
        base_on,
        kept_on,
        opened_on,
        started_on as line_on,
        'property' as line_kind,
        cast(null as string) as segment,
        coalesce(property_id, '') as property_id
    from spells
    where
        started_on = previous_ended_on
        and property_id is distinct from previous_property_id

    union all

    select
        customer_key,
        base_on,
        kept_on,
        opened_on,
        ended_on as line_on,
        'segment' as line_kind,
        '' as segment,
        '' as property_id
    from spells
    where
        ended_on is not null
        and next_started_on is distinct from ended_on

),

-- In what segment somebody is where the lines begin: after the last line that is kept, or on the first day.
beginnings as (

    select
        accounts.customer_key,
        coalesce(accounts.kept_on, accounts.opened_on) as line_on,
        case when accounts.kept_on is null then 'opening' else 'kept' end as line_kind,
        coalesce(spells.segment, '') as segment,
        coalesce(spells.property_id, '') as property_id
    from accounts
    left join spells
        on
            accounts.customer_key = spells.customer_key
            and coalesce(accounts.kept_on, accounts.opened_on) >= spells.started_on
            and coalesce(accounts.kept_on, accounts.opened_on) < coalesce(spells.ended_on, date '9999-12-31')

),

-- A contact may hold the day's first problem of several categories.
varieties as (

    select
        entries.event_id,
        sum(entries.amount) as variety_categories
    from {{ ref('factor_variety') }} as entries
    inner join accounts
        on
            entries.customer_key = accounts.customer_key
            and entries.effective_on >= accounts.contacts_from
    group by entries.event_id

),

-- All that a contact posts, at once: to add up its entries again would cost more than all else here.
contact_events as (

    select
        contacts.customer_key,
        contacts.contact_on as line_on,
        contacts.contact_id as event_id,
        contacts.occurred_at,
        {%- for factor in factor_names() %}
        {%- for balance, units in contact_units(factor).items() %}
        {{ units }} * {{ grown('contacts.contact_on', factor ~ '.half_life_days') }} as {{ balance }},
        {%- endfor %}
        {%- endfor %}
        coalesce(varieties.variety_categories, 0) as variety_categories
    from {{ ref('contacts') }} as contacts
    inner join accounts
        on
            contacts.customer_key = accounts.customer_key
            and contacts.contact_on >= accounts.contacts_from
    left join varieties
        on contacts.contact_id = varieties.event_id
    {%- for factor in factor_names() if contact_units(factor) %}
    cross join {{ settings_of(factor) }} as {{ factor }}
    {%- endfor %}

),

issue_events as (

    select
        entries.customer_key,
        entries.effective_on as line_on,
        entries.event_kind,
        entries.event_id,
        {%- for balance in issue_balances %}
        sum(case when entries.balance = '{{ balance }}' then entries.amount else 0 end) as {{ balance }},
        {%- endfor %}
        min(entries.occurred_at) as occurred_at
    from {{ ref('factor_persistence') }} as entries
    inner join accounts
        on
            entries.customer_key = accounts.customer_key
            and entries.effective_on > accounts.base_on
    where entries.event_kind <> 'contact'
    group by entries.customer_key, entries.effective_on, entries.event_kind, entries.event_id

),

-- All that happens to an account: on a day first what it held, then issues that open, segment, property, and contacts
-- and resolutions by time.
happenings as (

    select
        accounts.customer_key,
        accounts.base_on as line_on,
        0 as place,
        'base' as line_kind,
        '' as event_id,
        cast(null as timestamp) as occurred_at,
        {%- for balance in balance_names() %}
        coalesce(balances.{{ balance }}, 0) as {{ balance }},
        {%- endfor %}
        cast(null as string) as segment,
        cast(null as string) as property_id
    from accounts
    left join {{ ref('balances') }} as balances
        on
            accounts.customer_key = balances.customer_key
            and accounts.base_on >= balances.valid_from
            and accounts.base_on < coalesce(balances.valid_to, date '9999-12-31')

    union all

    select
        customer_key,
        line_on,
        2 as place,
        line_kind,
        '' as event_id,
        cast(null as timestamp) as occurred_at,
        {%- for balance in balance_names() %}
        0 as {{ balance }},
        {%- endfor %}
        segment,
        property_id
    from beginnings

    union all

    select
        moves.customer_key,
        moves.line_on,
        case when moves.line_kind = 'segment' then 2 else 3 end as place,
        moves.line_kind,
        '' as event_id,
        cast(null as timestamp) as occurred_at,
        {%- for balance in balance_names() %}
        0 as {{ balance }},
        {%- endfor %}
        moves.segment,
        moves.property_id
    from moves
    cross join last_day
    where
        moves.line_on > moves.base_on
        and moves.line_on <= last_day.as_of
        and (moves.kept_on is not null or moves.line_kind = 'property' or moves.line_on > moves.opened_on)

    union all

    select
        customer_key,
        line_on,
        4 as place,
        'contact' as line_kind,
        event_id,
        occurred_at,
        {%- for balance in balance_names() %}
        {{ '0 as ' if balance in issue_balances }}{{ balance }},
        {%- endfor %}
        cast(null as string) as segment,
        cast(null as string) as property_id
    from contact_events

    union all

    -- An issue that opens weighs nothing on its day, and is no line.
    select
        customer_key,
        line_on,
        case event_kind when 'opening' then 1 else 4 end as place,
        case event_kind when 'opening' then 'issue' else event_kind end as line_kind,
        event_id,
        occurred_at,
        {%- for balance in balance_names() %}
        {{ '0 as ' if balance not in issue_balances }}{{ balance }},
        {%- endfor %}
        cast(null as string) as segment,
        cast(null as string) as property_id
    from issue_events

),

states as (

    select
        customer_key,
        row_number() over account_up_to as event_number,
        line_on,
        line_kind,
        event_id,
        occurred_at,
        nullif({{ last_known('segment') }} over account_up_to, '') as segment,
        nullif({{ last_known('segment') }} over account_before, '') as segment_before,
        nullif({{ last_known('property_id') }} over account_up_to, '') as property_id,
        {%- set after, before = {}, {} %}
        {%- for balance in balance_names() %}
        {%- do after.update({balance: 'sum(' ~ balance ~ ') over account_up_to'}) %}
        {%- do before.update({balance: '(sum(' ~ balance ~ ') over account_up_to) - ' ~ balance}) %}
        {%- endfor %}
        {{ record(before) }} as balances_before,
        {{ record(after) }} as balances_after
    from happenings
    window
        account_up_to as (
            partition by customer_key
            order by line_on, place, occurred_at, line_kind, event_id
            rows unbounded preceding
        ),
        account_before as (
            partition by customer_key
            order by line_on, place, occurred_at, line_kind, event_id
            rows between unbounded preceding and 1 preceding
        )

)

select * from states
