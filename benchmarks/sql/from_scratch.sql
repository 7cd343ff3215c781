-- from_scratch: one row per day from first_day to last_day and customer in a segment on it: what the mart holds, by
-- re-reading all of history for every day. The shortest plain SQL that we know of, with its repeat contacts found by a
-- window and not by a join of history with itself.
-- Variables: first_day, last_day.
create or replace temp table from_scratch as
with

days as (

    select cast(unnest(range(
        cast(getvariable('first_day') as timestamp),
        cast(getvariable('last_day') as timestamp) + interval 1 day,
        interval 1 day
    )) as date) as score_date

),

contact_sums as (

    select
        days.score_date,
        contacts.customer_id,
        sum(contacts.resident_gain * power(2, (contacts.contact_on - days.score_date) / half_lives.frequency))
            as resident_gain,
        sum(contacts.resident_cost * power(2, (contacts.contact_on - days.score_date) / half_lives.frequency))
            as resident_cost,
        sum(contacts.prospect_gain * power(2, (contacts.contact_on - days.score_date) / half_lives.frequency))
            as prospect_gain,
        sum(contacts.prospect_cost * power(2, (contacts.contact_on - days.score_date) / half_lives.frequency))
            as prospect_cost,
        sum(contacts.pleasant * power(2, (contacts.contact_on - days.score_date) / half_lives.tone)) as pleasant,
        sum(contacts.unpleasant * power(2, (contacts.contact_on - days.score_date) / half_lives.tone)) as unpleasant,
        sum(power(2, (contacts.contact_on - days.score_date) / half_lives.tone)) as contacts,
        sum(contacts.pleasant * power(2, (contacts.contact_on - days.score_date) / half_lives.recency))
            as lately_pleasant,
        sum(contacts.unpleasant * power(2, (contacts.contact_on - days.score_date) / half_lives.recency))
            as lately_unpleasant
    from contacts
    inner join days
        on contacts.contact_on <= days.score_date
    cross join half_lives
    group by days.score_date, contacts.customer_id

),

last_problems as (

    select
        days.score_date,
        contact_problems.customer_id,
        max(contact_problems.contact_on) as contact_on
    from contact_problems
    inner join days
        on contact_problems.contact_on <= days.score_date
    group by days.score_date, contact_problems.customer_id, contact_problems.issue_category

),

variety_sums as (

    select
        last_problems.score_date,
        last_problems.customer_id,
        sum(power(2, (last_problems.contact_on - last_problems.score_date) / half_lives.variety)) as categories
    from last_problems
    cross join half_lives
    group by last_problems.score_date, last_problems.customer_id

),

repeats as (

    select
        contact_id,
        customer_id,
        contact_on
    from contacts
    where
        issue_id is not null
        and not is_commendation
    qualify
        min(contact_on) over (partition by customer_id, issue_id) < contact_on

    union distinct

    select
        contact_id,
        customer_id,
        contact_on
    from contact_problems
    cross join settings
    where issue_category is not null
    -- The latest earlier day: all of a day's problems are peers, so that none counts as before another.
    qualify
        contact_on - max(contact_on) over (
            partition by customer_id, issue_category
            order by contact_on
            range between unbounded preceding and interval 1 day preceding
        ) <= quiet_days

),

burden_sums as (

    select
        score_date,
        customer_id,
        sum(burden) as burden
    from (
        select
            days.score_date,
            repeats.customer_id,
            power(2, (repeats.contact_on - days.score_date) / half_lives.persistence) as burden
        from repeats
        inner join days
            on repeats.contact_on <= days.score_date
        cross join half_lives

        union all

        select
            days.score_date,
            issues.customer_id,
            1 - power(2, (issues.opened_on - days.score_date) / half_lives.persistence) as burden
        from issues
        inner join days
            on issues.opened_on <= days.score_date
        cross join half_lives
        where
            issues.closed_on is null
            or issues.closed_on > days.score_date
    )
    group by score_date, customer_id

),

amounts as (

    select
        days.score_date,
        segments.customer_id,
        segments.property_id,
        weights.*,
        case segments.segment
            when 'resident' then coalesce(contact_sums.resident_gain, 0)
            else coalesce(contact_sums.prospect_gain, 0)
        end as gain,
        case segments.segment
            when 'resident' then coalesce(contact_sums.resident_cost, 0)
            else coalesce(contact_sums.prospect_cost, 0)
        end as cost,
        coalesce(contact_sums.pleasant, 0) as pleasant,
        coalesce(contact_sums.unpleasant, 0) as unpleasant,
        coalesce(contact_sums.contacts, 0) as contacts,
        coalesce(contact_sums.lately_pleasant, 0) as lately_pleasant,
        coalesce(contact_sums.lately_unpleasant, 0) as lately_unpleasant,
        greatest(coalesce(variety_sums.categories, 0) - 1, 0) as more_categories,
        coalesce(burden_sums.burden, 0) as burden
    from segments
    inner join days
        on
            segments.started_on <= days.score_date
            and coalesce(segments.ended_on, date '9999-12-31') > days.score_date
    inner join weights
        on segments.segment = weights.segment
    left join contact_sums
        on
            segments.customer_id = contact_sums.customer_id
            and days.score_date = contact_sums.score_date
    left join variety_sums
        on
            segments.customer_id = variety_sums.customer_id
            and days.score_date = variety_sums.score_date
    left join burden_sums
        on
            segments.customer_id = burden_sums.customer_id
            and days.score_date = burden_sums.score_date

),

points as (

    select
        score_date,
        customer_id,
        segment,
        property_id,
        two_decimals(100 * frequency_weight * (1 + (gain - cost) / (gain + cost + frequency_k)) / 2)
            as frequency_points,
        two_decimals(100 * tone_weight * (1 + (pleasant - unpleasant) / (pleasant + unpleasant + tone_k)) / 2)
            as tone_points,
        two_decimals(100 * variety_weight * variety_k / (variety_k + more_categories)) as variety_points,
        two_decimals(100 * persistence_weight * persistence_k / (persistence_k + burden)) as persistence_points,
        two_decimals(
            100 * recency_weight
            * (1 + (lately_pleasant - lately_unpleasant) / (lately_pleasant + lately_unpleasant + recency_k)) / 2
        ) as recency_points,
        cast(cast(contacts / (contacts + confidence_contacts) as decimal(12, 9)) as decimal(5, 4)) as confidence,
        rule_version
    from amounts
    cross join settings

),

scores as (

    select
        *,
        cast(
            frequency_points + tone_points + variety_points + persistence_points + recency_points as decimal(5, 2)
        ) as score
    from points

),

ranked as (

    select
        scores.*,
        bands.band,
        rank() over (partition by score_date, segment order by score desc) as portfolio_rank,
        count(*) over (partition by score_date, segment) as segment_size,
        percent_rank() over (partition by score_date, segment order by score) as percent_rank
    from scores
    inner join bands
        on
            scores.score >= bands.band_from
            and scores.score < bands.band_before

)

select * from ranked;
