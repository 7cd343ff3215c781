-- Two intervals on one day would score a customer twice.
select
    earlier.customer_id,
    earlier.started_on,
    earlier.ended_on,
    later.started_on as next_started_on
from {{ ref('customer_segments') }} as earlier
left join {{ ref('customer_segments') }} as later
    on
        earlier.customer_id = later.customer_id
        and earlier.started_on < later.started_on
where
    earlier.ended_on < earlier.started_on
    or earlier.ended_on > later.started_on
    or (earlier.ended_on is null and later.started_on is not null)
