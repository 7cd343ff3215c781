-- One row per month, touchpoint and segment: how often the need was exceeded.
select
    month,
    touchpoint,
    segment,
    stage,
    core_need,
    responses,
    exceeded_share,
    exceeded_lower,
    exceeded_upper,
    pooled_responses,
    pooled_share,
    pooled_lower,
    pooled_upper,
    target,
    verdict
from marts.touchpoint_needs_monthly
order by stage_order, stage, touchpoint, segment, month
