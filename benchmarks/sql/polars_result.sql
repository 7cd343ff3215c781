-- What Polars computed, in the mart's types. Variables: first_day, result_file.
create or replace temp table from_scratch as
select
    getvariable('first_day') as score_date,
    * replace (
        cast(frequency_points / 100 as decimal(5, 2)) as frequency_points,
        cast(tone_points / 100 as decimal(5, 2)) as tone_points,
        cast(variety_points / 100 as decimal(5, 2)) as variety_points,
        cast(persistence_points / 100 as decimal(5, 2)) as persistence_points,
        cast(recency_points / 100 as decimal(5, 2)) as recency_points,
        cast(confidence / 10000 as decimal(5, 4)) as confidence,
        cast(score / 100 as decimal(5, 2)) as score
    )
from read_parquet(getvariable('result_file'));
