-- What arrives on a day after the history. One row in a hundred is dated one to three days earlier.
-- Variable: arrived_on.
set variable arrived_number = getvariable('arrived_on') - getvariable('first_day');

create or replace temp view new_interactions as
select * replace (
    case
        when issue_id is null and draw('late', cast(interaction_id[2:] as bigint), 70) = 0
            then occurred_at - to_days(cast(1 + draw('late by', cast(interaction_id[2:] as bigint), 3) as integer))
        else occurred_at
    end as occurred_at
)
from made_interactions(getvariable('arrived_number'), getvariable('arrived_number') + 1);

-- The issues opened on it, and newer copies of those resolved on it. None takes twenty days.
create or replace temp view new_issues as
with recent as (
    select
        *,
        coalesce(cast(resolved_at as date) = getvariable('arrived_on'), false) as is_resolved_now
    from made_issues(getvariable('arrived_number') - 20, getvariable('arrived_number') + 1)
)

select
    issue_id,
    customer_id,
    issue_category,
    opened_at,
    case when is_resolved_now then recent.resolved_at end as resolved_at,
    case when is_resolved_now then recent.resolved_at else opened_at end as updated_at
from recent
where
    is_resolved_now
    or cast(opened_at as date) = getvariable('arrived_on');
