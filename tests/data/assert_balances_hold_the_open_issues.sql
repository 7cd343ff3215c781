-- Openings less resolutions, as the ledger sums them, are the issues that are open.
with

current_balances as (

    select
        customer_id,
        persistence_open_issues
    from {{ ref('current_balances') }}

),

open_issues as (

    select
        customer_id,
        count(*) as open_issues
    from {{ ref('issues') }}
    where closed_on is null
    group by customer_id

)

select
    coalesce(current_balances.customer_id, open_issues.customer_id) as customer_id,
    current_balances.persistence_open_issues,
    open_issues.open_issues
from current_balances
full join open_issues
    on current_balances.customer_id = open_issues.customer_id
where current_balances.persistence_open_issues is distinct from cast(coalesce(open_issues.open_issues, 0) as double)
