-- statement_lines: one row per customer and line of the statement that this build derives: what kind of line, and
-- what it did to the points of each factor.
with

accounts as (

    select * from {{ ref('statement_changes') }}

),

scoring_days as (

    select * from {{ ref('scoring_days') }}

),

-- Points before and after every event, as of its day. Who is in no segment has none.
scored as (

    select
        states.customer_key,
        states.event_number,
        states.line_on,
        states.occurred_at,
        states.line_kind,
        states.event_id,
        states.segment_before,
        states.segment,
        states.property_id,
        {%- for factor in factor_names() %}
        case
            when states.segment_before is null then 0
            else {{ points('rules_before.' ~ factor ~ '_weight', sub_score(
                factor, 'states.balances_before', 'rules_before', 'states.segment_before'
            )) }}
        end as {{ factor }}_before,
        case
            when states.segment is null then 0
            else {{ points('rules_after.' ~ factor ~ '_weight', sub_score(
                factor, 'states.balances_after', 'rules_after', 'states.segment'
            )) }}
        end as {{ factor }}_after,
        {%- endfor %}
        -- What persistence needs to hold the ages of open issues until the next line.
        {{ open_burden('states.balances_after', 'rules_after') }} as open_burden_after,
        {{ repeats_burden('states.balances_before', 'rules_before') }} as repeats_burden,
        rules_before.persistence_weight,
        rules_before.persistence_saturation
    from {{ ref('account_states') }} as states
    left join scoring_days as rules_before
        on
            states.line_on = rules_before.score_date
            and states.segment_before = rules_before.segment
    left join scoring_days as rules_after
        on
            states.line_on = rules_after.score_date
            and states.segment = rules_after.segment
    where states.line_kind not in ('base', 'issue')

),

paired as (

    select
        *,
        {%- for factor in factor_names() %}
        lag({{ factor }}_after) over account as {{ factor }}_previous,
        {%- endfor %}
        lag(open_burden_after) over account as open_burden_previous,
        lag(line_on) over account as previous_on
    from scored
    window account as (
        partition by customer_key
        order by event_number
    )

),

-- Time since the line before, in two steps: everything fades while open issues are held as old as they were, then those
-- grow older. The first line of a day has it, under the old segment.
timed as (

    select
        *,
        segment_before is not null and line_on > previous_on as has_time,
        {{ points('persistence_weight', share_of_relief(
            '(open_burden_previous + repeats_burden)', 'persistence_saturation'
        )) }} as persistence_faded
    from paired

),

stepped as (

    select
        *,
        {%- for factor in factor_names() %}
        case when line_on = previous_on then {{ factor }}_previous else {{ factor }}_before end as {{ factor }}_start,
        {%- endfor %}
        has_time
        and (
            {%- for factor in factor_names() %}
            {{ 'or ' if not loop.first -}}
            {{ factor }}_{{ 'faded' if factor == 'persistence' else 'before' }} <> {{ factor }}_previous
            {%- endfor %}
        ) as has_fading,
        has_time and persistence_before <> persistence_faded as has_waiting
    from timed

),

numbered as (

    select
        stepped.*,
        accounts.customer_id,
        accounts.kept_line_number + sum(
            case
                when stepped.line_kind = 'kept' then 0
                else 1 + cast(stepped.has_fading as integer) + cast(stepped.has_waiting as integer)
            end
        ) over (
            partition by stepped.customer_key
            order by stepped.event_number
            rows unbounded preceding
        ) as last_line_number
    from stepped
    inner join accounts
        on stepped.customer_key = accounts.customer_key

),

parts as (

    select 'fading' as part
    union all
    select 'waiting' as part
    union all
    select 'event' as part

),

final as (

    select
        numbered.customer_id,
        numbered.customer_key,
        cast(
            numbered.last_line_number
            - case parts.part
                when 'event' then 0
                when 'waiting' then 1
                else 1 + cast(numbered.has_waiting as integer)
            end
            as bigint
        ) as line_number,
        case when parts.part = 'event' then numbered.line_kind else parts.part end as line_kind,
        case when parts.part = 'event' then nullif(numbered.event_id, '') end as event_id,
        case when parts.part = 'event' then numbered.segment else numbered.segment_before end as segment,
        numbered.property_id,
        {%- for factor in factor_names() %}
        {%- set faded = factor ~ ('_faded' if factor == 'persistence' else '_before') %}
        cast(
            case parts.part
                when 'event' then numbered.{{ factor }}_after - numbered.{{ factor }}_start
                when 'fading' then numbered.{{ faded }} - numbered.{{ factor }}_previous
                else numbered.{{ factor }}_before - numbered.{{ faded }}
            end
            as decimal(5, 2)
        ) as {{ factor }}_change,
        {%- endfor %}
        cast(
            case parts.part
                when 'event' then {{ sum_of_factors('numbered', 'after') }}
                when 'fading' then {{ sum_of_factors('numbered', 'before', persistence='faded') }}
                else {{ sum_of_factors('numbered', 'before') }}
            end
            as decimal(5, 2)
        ) as score_after,
        case when parts.part = 'event' then numbered.occurred_at end as occurred_at,
        numbered.line_on as statement_on
    from numbered
    cross join parts
    where
        numbered.line_kind <> 'kept'
        and case parts.part
            when 'event' then true
            when 'fading' then numbered.has_fading
            else numbered.has_waiting
        end

)

select * from final
