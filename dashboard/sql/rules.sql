-- One row per rule, name and segment.
select
    rule,
    name,
    segment,
    meaning,
    value,
    rule_version
from marts.rules_in_force
order by rule, segment desc, value, name
