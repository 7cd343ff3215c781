-- One row per alert of the customer that is open.
select
    alert,
    what,
    why,
    raised_on
from marts.customer_alerts
where
    customer_id = $customer
    and is_open
order by raised_on desc, alert, what
