-- validation_landmarks: one row per horizon and customer who is in a segment on their landmark day: the day on which
-- the score is asked what it knows, and what it and the plain counts said at its end.
with

daily_points as (

    select * from {{ ref('daily_points') }}

),

contacts as (

    select * from {{ ref('contacts') }}

),

customers as (

    select * from {{ ref('customers') }}

),

horizons as (

    select * from {{ ref('validation_horizons') }}

),

settings as (

    select
        max(case when setting = 'landmark_days' then cast(value as integer) end) as landmark_days,
        max(case when setting = 'lately_days' then cast(value as integer) end) as lately_days
    from {{ ref('rule_settings') }}

),

score_window as (

    select
        min(score_date) as first_day,
        max(score_date) as last_day
    from {{ ref('scoring_days') }}

),

-- The scored days up to the last one whose horizon has passed.
spans as (

    select
        horizons.horizon_days,
        settings.lately_days,
        score_window.last_day - horizons.horizon_days as last_landmark,
        least(
            settings.landmark_days,
            {{ days_between('score_window.first_day', 'score_window.last_day') }} - horizons.horizon_days + 1
        ) as round_days
    from horizons
    cross join settings
    cross join score_window
    where score_window.last_day - horizons.horizon_days >= score_window.first_day

),

-- A matter of the customer's id and the calendar. What became of the customer has no say in it, not even how long they
-- stayed. Each has their day in a round of days, so a new night moves one customer in so many.
landmarks as (

    select
        customers.customer_id,
        customers.customer_key,
        spans.horizon_days,
        spans.lately_days,
        spans.last_landmark - cast(
            (
                {{ days_between("date '0001-01-01'", 'spans.last_landmark') }}
                + cast(customers.customer_key % spans.round_days as integer)
            )
            % spans.round_days as integer
        ) as landmark_on
    from customers
    cross join spans

),

scored as (

    select
        landmarks.horizon_days,
        landmarks.lately_days,
        landmarks.customer_id,
        landmarks.customer_key,
        landmarks.landmark_on,
        daily_points.segment,
        daily_points.score,
        daily_points.frequency_points,
        daily_points.tone_points,
        daily_points.variety_points,
        daily_points.persistence_points,
        daily_points.recency_points
    from daily_points
    inner join landmarks
        on
            daily_points.customer_id = landmarks.customer_id
            and daily_points.score_date = landmarks.landmark_on

),

counted as (

    select
        scored.horizon_days,
        scored.customer_key,
        count(*) as contacts,
        count(case when contacts.contact_on > scored.landmark_on - scored.lately_days then 1 end) as contacts_lately,
        max(contacts.contact_on) as last_contact_on
    from contacts
    inner join scored
        on
            contacts.customer_key = scored.customer_key
            and contacts.contact_on <= scored.landmark_on
    group by scored.horizon_days, scored.customer_key

),

final as (

    select
        scored.horizon_days,
        scored.customer_id,
        scored.segment,
        scored.score,
        scored.frequency_points,
        scored.tone_points,
        scored.variety_points,
        scored.persistence_points,
        scored.recency_points,
        coalesce(counted.contacts, 0) as contacts,
        coalesce(counted.contacts_lately, 0) as contacts_lately,
        -- Without a contact it is since the beginning of time: longer than with any.
        {{ days_between("coalesce(counted.last_contact_on, date '0001-01-01')", 'scored.landmark_on') }}
            as days_since_contact,
        scored.landmark_on
    from scored
    left join counted
        on
            scored.horizon_days = counted.horizon_days
            and scored.customer_key = counted.customer_key

)

select * from final
