-- The distribution joins the band of a score: a gap would lose customers, a double would double them.
select
    min(floor) as lowest_floor,
    count(distinct floor) as floors,
    count(*) as bands
from {{ ref('score_bands') }}
having
    not coalesce(min(floor) = 0, false)
    or count(distinct floor) <> count(*)
