-- score_count_changes: one row per score date, segment and score of which more or fewer customers have it than
-- score_distribution_daily counts. Written together with daily_points and emptied together with the distribution, so
-- that both stay right whenever a run is killed.
with

no_changes as (

    select
        cast(null as date) as score_date,
        cast(null as string) as segment,
        cast(null as decimal(5, 2)) as score,
        cast(null as bigint) as customers
    where false

)

select * from no_changes
