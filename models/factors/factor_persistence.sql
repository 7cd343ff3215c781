-- factor_persistence: one row per event and balance: do problems stay? An open issue weighs 1 - 2^(-age / half-life):
-- it posts 1, which does not decay, and the unit that does and is taken from it; its resolution takes both back. A
-- repeat contact posts a unit.
with

entries as (
    {{ contact_entries('persistence') }}
    {%- for event_kind, day, time, sign in [
        ('opening', 'opened_on', 'opened_at', ''),
        ('resolution', 'closed_on', 'closed_at', '-'),
    ] %}
    {%- for balance, amount in {
        'persistence_open_issues': '1',
        'persistence_opened': grown('issues.opened_on', 'settings.half_life_days'),
    }.items() %}

    union all

    select
        issues.customer_id,
        issues.customer_key,
        issues.{{ day }} as effective_on,
        '{{ event_kind }}' as event_kind,
        issues.issue_id as event_id,
        issues.{{ time }} as occurred_at,
        'persistence' as factor,
        '{{ balance }}' as balance,
        cast(null as string) as issue_category,
        {{ sign }}({{ amount }}) as amount
    from {{ ref('issues') }} as issues
    cross join {{ settings_of('persistence') }} as settings
    where issues.{{ day }} is not null
    {%- endfor %}
    {%- endfor %}

)

select * from entries
