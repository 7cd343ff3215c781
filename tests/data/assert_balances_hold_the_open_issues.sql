-- Openings less resolutions, as the ledger sums them, are the issues that are open.
with

balances as (

    select
        customer_id,
        persistence_open_issues
    from {{ ref('balances') }}
    where valid_to is null

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
    coalesce(balances.customer_id, open_issues.customer_id) as customer_id,
    balances.persistence_open_issues,
    open_issues.open_issues
from balances
full join open_issues
    on balances.customer_id = open_issues.customer_id
where balances.persistence_open_issues is distinct from cast(coalesce(open_issues.open_issues, 0) as double)
