-- One look at every value of the messages that the latest load brought.
select
    count(*),
    sum(length(columns(interactions.* exclude (_load_id, _loaded_at, _row))))
from w.raw.interactions as interactions
where interactions._load_id = (select max(load_id) from w.control.loads);
