-- statement_changes: one row per customer whose statement this build derives again, with the day from which on it does,
-- and the last line before that day.
{{ catches_up() }}
{%- set has_lines = has_stored('score_statement') %}
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

customer_segments as (

    select customer_segments.*
    from {{ ref('customer_segments') }} as customer_segments
    cross join score_window
    where customer_segments.started_on <= score_window.as_of

),

spells as (

    select
        customer_segments.customer_id,
        greatest(customer_segments.started_on, score_window.first_scored_on) as scored_from
    from customer_segments
    cross join score_window
    where
        customer_segments.ended_on is null
        or customer_segments.ended_on > score_window.first_scored_on

),

{% if has_lines -%}
-- Days before the first line were scored since it was written, or are scored now: every statement begins anew.
beginning as (

    select
        coalesce(
            first_scored_on < built_first_scored_on
            or (select min(scored_from) from spells) < (select min(statement_on) from {{ stored('score_statement') }}),
            true
        ) as is_behind
    from score_window

),

changes as (

    select
        touched_customers.customer_id,
        touched_customers.changed_from
    from {{ ref('touched_customers') }} as touched_customers

    union all

    -- What was known to begin or to end on a day that is scored now.
    select
        customer_segments.customer_id,
        case
            when customer_segments.started_on > score_window.built_as_of then customer_segments.started_on
            else customer_segments.ended_on
        end as changed_from
    from customer_segments
    cross join score_window
    where
        customer_segments.started_on > score_window.built_as_of
        or customer_segments.ended_on between score_window.built_as_of + 1 and score_window.as_of

    union all

    select
        customer_segments.customer_id,
        score_window.first_scored_on as changed_from
    from customer_segments
    cross join score_window
    cross join beginning
    where beginning.is_behind

),
{% else -%}
changes as (

    select
        customer_segments.customer_id,
        score_window.first_scored_on as changed_from
    from customer_segments
    cross join score_window

),
{%- endif %}

customers as (

    select
        customer_id,
        {{ hashed(['customer_id']) }} as customer_key,
        min(changed_from) as changed_from
    from changes
    group by customer_id

),

openings as (

    select
        customers.customer_key,
        min(spells.scored_from) as opened_on
    from spells
    inner join customers
        on spells.customer_id = customers.customer_id
    group by customers.customer_key

),
{% if has_lines %}
kept as (

    select
        lines.customer_key,
        max(lines.line_number) as line_number,
        max(lines.statement_on) as statement_on
    from {{ stored('score_statement') }} as lines
    inner join customers
        on
            lines.customer_key = customers.customer_key
            and lines.statement_on < customers.changed_from
    cross join score_window
    -- A build that did not finish may have left later ones.
    where lines.statement_on <= score_window.built_as_of
    group by lines.customer_key

),
{% endif %}
final as (

    select
        customers.customer_id,
        customers.customer_key,
        {%- if has_lines %}
        coalesce(kept.line_number, 0) as kept_line_number,
        {%- else %}
        cast(0 as bigint) as kept_line_number,
        {%- endif %}
        customers.changed_from,
        openings.opened_on,
        {%- if has_lines %}
        kept.statement_on as kept_on
        {%- else %}
        cast(null as date) as kept_on
        {%- endif %}
    from customers
    left join openings
        on customers.customer_key = openings.customer_key
    {%- if has_lines %}
    left join kept
        on customers.customer_key = kept.customer_key
    {%- endif %}

)

select * from final
