-- One row per touchpoint and driver: what fixing it would move. Touchpoints that exceed their need already come last.
with

needs as (

    select
        touchpoint,
        bool_and(verdict = 'exceeding') as is_exceeding
    from marts.touchpoint_needs_monthly
    where month = (select max(latest.month) from marts.touchpoint_needs_monthly as latest)
    group by touchpoint

)

select
    fixes.touchpoint,
    fixes.driver,
    fixes.satisfied_share,
    fixes.gain,
    fixes.gain_lower,
    fixes.gain_upper,
    fixes.responses,
    fixes.responses_moved,
    fixes.verdict,
    coalesce(needs.is_exceeding, false) as is_exceeding,
    fixes.trained_until
from marts.touchpoint_fixes as fixes
left join needs
    on fixes.touchpoint = needs.touchpoint
order by is_exceeding, fixes.verdict <> 'worth fixing', fixes.responses_moved desc, fixes.touchpoint, fixes.fix_rank
