-- score_statement_daily: one row per score date and customer who is in a segment on it: the last line of the
-- statement up to that day, and what time alone did since.
with

daily_points as (

    select * from {{ ref('daily_points') }}

),

scoring_days as (

    select * from {{ ref('scoring_days') }}

),

issues as (

    select * from {{ ref('issues') }}

),

last_lines as (

    select
        customer_id,
        customer_key,
        statement_on,
        max(line_number) as line_number,
        lead(statement_on) over (
            partition by customer_id
            order by statement_on
        ) as next_on
    from {{ ref('score_statement') }}
    group by customer_id, customer_key, statement_on

),

spans as (

    select
        last_lines.customer_id,
        last_lines.customer_key,
        last_lines.line_number,
        told_lines.segment,
        told_lines.score_after,
        last_lines.statement_on,
        coalesce(last_lines.next_on, date '9999-12-31') as next_on
    from last_lines
    inner join {{ ref('score_statement') }} as told_lines
        on
            last_lines.customer_key = told_lines.customer_key
            and last_lines.line_number = told_lines.line_number

),

accounts as (

    select
        {%- for balance in balance_names() %}
        coalesce(balances.{{ balance }}, 0) as {{ balance }},
        {%- endfor %}
        spans.*
    from spans
    left join {{ ref('balances') }} as balances
        on
            spans.customer_key = balances.customer_key
            and spans.statement_on >= balances.valid_from
            and spans.statement_on < coalesce(balances.valid_to, date '9999-12-31')

),

days as (

    select
        daily_points.score_date,
        daily_points.customer_id,
        accounts.customer_key,
        accounts.statement_on
    from daily_points
    inner join accounts
        on
            daily_points.customer_id = accounts.customer_id
            and daily_points.score_date >= accounts.statement_on
            and daily_points.score_date < accounts.next_on

),

-- Of issues that opened after the last line: their weights, 1 - 2^(-age / half-life), on the day.
opened_since as (

    select
        days.score_date,
        days.customer_key,
        sum(
            1 - power(2, -{{ days_between('issues.opened_on', 'days.score_date') }} / persistence.half_life_days)
        ) as burden
    from days
    inner join issues
        on
            days.customer_key = issues.customer_key
            and days.statement_on < issues.opened_on
            and days.score_date >= issues.opened_on
    cross join {{ settings_of('persistence') }} as persistence
    group by days.score_date, days.customer_key

),

points as (

    select
        days.score_date,
        accounts.customer_id,
        accounts.line_number,
        accounts.score_after,
        accounts.statement_on,
        {%- set other_points = [] %}
        {%- for factor in factor_names() if factor != 'persistence' %}
        {%- do other_points.append(
            points('the_day.' ~ factor ~ '_weight', sub_score(factor, 'accounts', 'the_day', 'accounts.segment'))
        ) %}
        {%- endfor %}
        {{ other_points | join(' + ') }} as other_points,
        {{ points('the_day.persistence_weight', sub_score(
            'persistence', 'accounts', 'the_day', 'accounts.segment', open_burden('accounts', 'then_day')
        )) }} as persistence_faded,
        {{ points('the_day.persistence_weight', sub_score(
            'persistence', 'accounts', 'the_day', 'accounts.segment',
            '(' ~ open_burden('accounts', 'the_day') ~ ' + coalesce(opened_since.burden, 0))'
        )) }} as persistence_points
    from days
    inner join accounts
        on
            days.customer_key = accounts.customer_key
            and days.statement_on = accounts.statement_on
    inner join scoring_days as the_day
        on
            days.score_date = the_day.score_date
            and accounts.segment = the_day.segment
    inner join scoring_days as then_day
        on
            days.statement_on = then_day.score_date
            and accounts.segment = then_day.segment
    left join opened_since
        on
            days.customer_key = opened_since.customer_key
            and days.score_date = opened_since.score_date

),

final as (

    select
        score_date,
        customer_id,
        line_number,
        score_after,
        cast(other_points + persistence_faded - score_after as decimal(5, 2)) as fading_change,
        cast(persistence_points - persistence_faded as decimal(5, 2)) as waiting_change,
        statement_on
    from points

)

select * from final
