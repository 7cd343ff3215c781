-- One row per rule, name and segment.
select
    rule_kind,
    rule_name,
    segment,
    meaning,
    rule_value,
    rule_version
from marts.rules_in_force
order by rule_kind, segment desc, rule_value, rule_name
