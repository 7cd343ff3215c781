-- How many alerts are open.
select count(*) as alerts
from marts.customer_alerts
where is_open
