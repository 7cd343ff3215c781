-- property_score_changes: one row per score date, segment, property and band of which property_totals_daily counts more
-- or fewer than there are now. Written together with daily_points and emptied together with the totals, so that both
-- stay right whenever a run is killed.
with

no_changes as (

    select
        cast(null as date) as score_date,
        cast(null as string) as segment,
        cast(null as string) as property_id,
        cast(null as string) as band,
        cast(null as bigint) as customers,
        cast(null as decimal(18, 2)) as score_sum,
        cast(null as decimal(18, 4)) as score_squares
    where false

)

select * from no_changes
