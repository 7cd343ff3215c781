-- How chance works here. Every draw is an md5 of the seed, a word for its purpose and the key of its row: the same
-- world on any version, number of threads and order of rows.

-- 128 random bits. A draw's alias must be no column of the tables beside it: DuckDB would read the column, and two
-- draws would be one.
create or replace macro draw(purpose, a, b := '') as
    md5_number(concat_ws('|', getvariable('seed'), purpose, a, b));

-- A draw holds eight independent uniform numbers in [0, 1): x(bits, 0) to x(bits, 7).
create or replace macro x(bits, slice) as
    ((bits >> (16 * slice)::uhugeint) & 65535) / 65536.0::double;

-- The upper four of them as one number, nearly normal with mean 0 and variance 1.
create or replace macro bell(bits) as
    (x(bits, 4) + x(bits, 5) + x(bits, 6) + x(bits, 7) - 2) * sqrt(3.0::double);

-- A skewed number with mean 1: mostly small, at most 5.
create or replace macro skewed(uniform) as
    5 * uniform * uniform * uniform * uniform;

-- A whole number whose mean is the given one.
create or replace macro whole(mean, uniform) as
    floor(mean + uniform)::integer;

create or replace macro pick(choices, uniform) as
    choices[1 + floor(uniform * len(choices))::integer];

create or replace macro clip(value, low, high) as
    greatest(least(value, high), low);

create or replace macro logistic(log_odds) as
    1 / (1 + exp(-(log_odds)));

create or replace macro days_later(on_day, days) as
    on_day + floor(days)::integer;

create or replace macro later(moment, seconds) as
    moment::timestamp + to_seconds(floor(seconds)::bigint);

-- Between 07:00 and 21:00 of a day.
create or replace macro daytime(on_day, uniform) as
    later(on_day, (7 + 14 * uniform) * 3600);

-- The same moment, or seven hours later at night.
create or replace macro waking(moment) as
    case when extract('hour' from moment) < 7 then moment + interval 7 hours else moment end;

-- Text as the files have it.
create or replace macro customer_key(customer_no) as
    printf('c%07d', customer_no);

create or replace macro iso(moment) as
    strftime(moment, '%Y-%m-%dT%H:%M:%S');
