-- score_movers: one row per mover and line: who fell and rose most within a week, and the lines that did it.
with

customer_scores_current as (

    select * from {{ ref('customer_scores_current') }}

),

settings as (

    select value as movers_shown
    from {{ ref('rule_settings') }}
    where setting = 'movers_shown'

),

moved as (

    select
        *,
        case when change_7d < 0 then 'fall' else 'rise' end as direction,
        rank() over (
            partition by segment, change_7d < 0
            order by abs(change_7d) desc
        ) as mover_rank
    from customer_scores_current
    where change_7d <> 0

),

movers as (

    select moved.*
    from moved
    inner join settings
        on moved.mover_rank <= settings.movers_shown

),

events as (

    select score_statement.*
    from {{ ref('score_statement') }} as score_statement
    inner join movers
        on
            score_statement.customer_id = movers.customer_id
            and score_statement.statement_on > movers.score_date - 7
    where score_statement.line_kind not in ('fading', 'waiting', 'opening')

),

sums as (

    select
        customer_id,
        sum(score_change) as score_change
    from events
    group by customer_id

),

final as (

    select
        movers.score_date,
        movers.segment,
        movers.direction,
        cast(movers.mover_rank as bigint) as mover_rank,
        movers.customer_id,
        movers.property_id,
        movers.score,
        movers.change_7d,
        cast(movers.change_7d - coalesce(sums.score_change, 0) as decimal(5, 2)) as time_change,
        events.line_number,
        events.line_kind,
        events.issue_id,
        events.nature,
        events.issue_category,
        events.score_change,
        events.statement_on
    from movers
    left join sums
        on movers.customer_id = sums.customer_id
    left join events
        on movers.customer_id = events.customer_id

)

select * from final
