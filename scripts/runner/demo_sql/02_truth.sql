-- The planted truth: every number by which this world works, here and nowhere else. docs/demo-data.md tells it in
-- words, and a test compares the two. Bases, slopes and weights are log-odds.

-- Dates are written for a world that begins on 2025-10-01, and move with its first day.
create or replace macro moved(written_on) as
    days_later(written_on, getvariable('first_day') - date '2025-10-01');

create or replace macro moved_at(written_at) as
    written_at + to_days((getvariable('first_day') - date '2025-10-01')::integer);


-- truth: one row.
create or replace table truth as
with

constants as (

    select
        -- Who there is.
        0.45 as prospects_per_resident_year,  -- of the first day: a quarter of all customers in nine months
        14 as decides_after_days,             -- a prospect, at the earliest ...
        35 as decides_within_days,            -- ... and so many days from then on
        10 as moves_in_after_days,
        365 as lease_days,
        30 as notice_days,                    -- before a lease ends, it is renewed or not
        0.60 as personal_spread,              -- standard deviation of the level that a customer has from the start
        0.30 as property_spread,              -- and of the level that a property gives to all of its customers

        -- What happens to residents. Mood = personal + property level, at most 1.5 either way.
        0.026 as matters_per_day,             -- mean over customers
        0.40 as steady_share,                 -- of it, the same for everybody; the rest goes mostly to a few
        0.40 as ticket_share,                 -- of matters: something is broken, with a row in issues
        0.12 as complaint_share,              -- at mood 0
        0.12 as request_share,
        0.20 as praise_share,                 -- at mood 0; what remains are inquiries
        0.40 as mood_tilt,                    -- a mood of 1 means 40 % fewer complaints and 40 % more praise
        0.36 as ticket_grievance_share,       -- of tickets at mood 0: reported as a grievance, not as a request
        0.20 as recurrence_chance,            -- a fixed ticket comes back as a new one in its category ...
        0.75 as recurrence_grievance_share,
        20 as recurrence_days,                -- ... within so many days of the fix

        -- What prospects do: one inquiry each, and
        0.8 as tour_base,                     -- a tour at personal level 0
        0.5 as tour_slope,                    -- per unit of personal level
        0.45 as application_chance,
        1.2 as prospect_matters,              -- further inquiries, complaints and praise at personal level 0
        0.4 as prospect_matters_slope,        -- per unit of personal level, times their number

        -- How matters and messages feel, from -1 to 1: by nature, and then
        -0.55 as grievance_tone,
        -0.10 as request_tone,
        0.05 as inquiry_tone,
        0.70 as praise_tone,
        0.25 as tour_tone,
        0.65 as thanks_tone,
        -0.15 as chase_tone,                  -- on top of the matter's
        0.15 as mood_tone,                    -- per unit of mood
        0.22 as tone_noise,                   -- standard deviation between matters
        0.10 as sentiment_noise,              -- between what was felt and the sentiment on file
        0.50 as sentiment_blank_chance,
        0.15 as nature_blank_chance,
        0.03 as offset_chance,                -- the timestamp has its offset
        0.0005 as late_chance,                -- the message was written down three days late

        -- The marks that events leave on the experience. A mark fades to a half in so many days.
        45 as half_life_days,
        -0.50 as grievance_mark,
        -0.15 as request_mark,
        0.50 as praise_mark,
        -0.40 as recurrence_mark,             -- on top of the grievance's or request's own
        -0.08 as slow_fix_mark,               -- per day beyond three, when the fix comes
        -0.80 as slow_fix_floor,
        0.15 as quick_fix_mark,               -- fixed within a day
        0.90 as tour_mark,                    -- times the tone of the tour

        -- What comes of it: log-odds = base + slope x the experience before the decision.
        1.10 as renewal_base,
        1.20 as renewal_slope,
        -0.60 as conversion_base,
        1.20 as conversion_slope,

        -- Surveys.
        90 as relationship_every_days,
        0.30 as relationship_response,
        0.75 as driver_asked_chance,
        0.90 as driver_slope,                 -- a driver satisfies: base + this x the experience ...
        -0.20 as slow_driver_slope,           -- ... and for the drivers of speed, this x days to fix beyond two
        2.20 as met_gap,                      -- log-odds between exceeding a need and at least meeting it
        0.70 as taste_spread,                 -- a customer's lasting taste for one touchpoint
        -0.90 as advocate_base,               -- of 9 or 10 on the relationship survey, with nothing but met needs
        0.60 as advocate_pair,                -- maintenance and communication both exceeded, on top of either
        -0.20 as advocate_prospect,
        1.20 as passive_gap                   -- not an advocate: a passive rather than a detractor

)

select columns(*)::double from constants;


-- truth_initiatives: one row per initiative: what it really did, from its start on.
create or replace table truth_initiatives as
select * from (
    values
    -- The homes were renovated, and it helped: 40 % of the grievances never come up, and every message sounds better.
    ('n01', 'Kitchens and lobby renovated', 3, date '2026-03-16', 0.40, 0.15, 0.40),
    ('n02', 'Kitchens and lobby renovated', 7, date '2026-03-23', 0.40, 0.15, 0.40),
    ('n03', 'Kitchens and lobby renovated', 10, date '2026-03-30', 0.40, 0.15, 0.40),
    -- Parcel lockers changed nothing.
    ('n04', 'Parcel lockers', 2, date '2026-04-20', 0.00, 0.00, 0.00),
    ('n05', 'Parcel lockers', 6, date '2026-04-20', 0.00, 0.00, 0.00),
    ('n06', 'Parcel lockers', 11, date '2026-04-20', 0.00, 0.00, 0.00),
) as _ (initiative_id, initiative_name, property_no, started_on, grievance_reduction, tone_lift, experience_lift);


-- truth_boiler: one row: the boiler that fails.
create or replace table truth_boiler as
select
    5 as property_no,
    date '2026-01-05' as failed_on,
    3 as days_until_noticed,  -- by the last of those affected
    9 as days_until_fixed,
    0.45 as affected_share;   -- of the property's residents


-- truth_categories: one row per issue category: how often it comes up by kind of matter (weights), tickets in the cold
-- half of the year (November to April) and in the warm one, and the mean days until a ticket is fixed.
create or replace table truth_categories as
select * from (
    values
    ('plumbing', 'maintenance', 24, 26, 0, 0, 2.5),
    ('heating', 'maintenance', 24, 4, 0, 0, 3.0),
    ('appliances', 'maintenance', 18, 22, 0, 3, 3.5),
    ('pests', 'maintenance', 6, 14, 2, 0, 5.0),
    ('common_areas', 'amenities', 10, 14, 5, 2, 3.0),
    ('access', 'front_office', 12, 12, 2, 6, 1.5),
    ('noise', 'communication', 0, 0, 10, 2, 0.0),
    ('parking', 'front_office', 3, 4, 6, 5, 2.0),
    ('billing', 'payments', 3, 4, 5, 6, 4.0),
) as _ (issue_category, touchpoint, cold_tickets, warm_tickets, complaints, requests, days_to_fix);


-- truth_touchpoints: one row per touchpoint that is rated.
-- response_chance: of its own survey; response_base: that the need is exceeded when no driver satisfies;
-- rated_chance: inside the relationship survey, by that segment; the need is exceeded at
-- rating_base + rating_slope x the experience + the customer's taste;
-- advocate_missed, advocate_exceeded: what the rating does to the log-odds of an advocate, against a need that is met.
create or replace table truth_touchpoints as
select * from (
    values
    ('inquiry_reply', 'csat', 0.20, -2.6, 'prospect', 0.80, 0.1, 0.7, -0.50, 0.40),
    ('tour', 'csat', 0.45, -1.6, 'prospect', 0.65, 0.3, 0.8, -0.90, 1.20),
    ('application', 'ces', 0.40, -2.6, 'prospect', 0.40, -0.2, 0.6, -0.70, 0.10),
    ('move_in', 'csat', 0.50, -1.4, 'resident', 0.35, 0.2, 0.5, -0.40, 0.30),
    ('maintenance', 'csat', 0.35, -3.4, 'resident', 0.85, -0.5, 1.2, -1.40, 0.90),
    ('front_office', 'csat', 0.18, -2.4, 'resident', 0.80, 0.2, 0.8, -0.50, 0.50),
    ('communication', 'csat', 0.18, -3.0, 'resident', 0.85, -0.4, 0.9, -1.00, 0.60),
    ('amenities', 'csat', 0.18, -2.4, 'resident', 0.75, 0.0, 0.5, -0.30, 0.25),
    ('community_events', 'csat', 0.30, -1.0, 'resident', 0.50, 0.6, 0.5, -0.10, 0.90),
    ('payments', 'ces', 0.18, -2.2, 'resident', 0.70, 0.0, 0.4, -0.70, 0.05),
    ('renewal', 'ces', 0.35, -2.4, null, null, null, null, null, null),
    ('move_out', 'nps', 0.35, -3.0, null, null, null, null, null, null),
) as _ (
    touchpoint, measure, response_chance, response_base,
    segment, rated_chance, rating_base, rating_slope, advocate_missed, advocate_exceeded
);


-- truth_drivers: one row per follow-up question: how easily it satisfies, and what a satisfied one adds to the log-odds
-- of exceeding the touchpoint's need. Drivers of one touchpoint go together, for all hang on the experience.
create or replace table truth_drivers as
select * from (
    values
    ('inquiry_reply', 'answered_quickly', 0.4, 1.40, false),
    ('inquiry_reply', 'answered_the_question', 0.8, 0.90, false),
    ('inquiry_reply', 'friendly', 1.4, 0.30, false),
    ('tour', 'guide_knew_the_home', 0.8, 1.20, false),
    ('tour', 'home_was_ready', 0.6, 0.90, false),
    ('tour', 'time_for_questions', 1.0, 0.40, false),
    ('application', 'easy_form', 0.3, 1.30, false),
    ('application', 'clear_terms', 0.5, 0.80, false),
    ('application', 'quick_decision', 0.6, 0.60, false),
    ('move_in', 'home_was_clean', 0.6, 1.30, false),
    ('move_in', 'keys_on_time', 1.2, 0.70, false),
    ('move_in', 'welcome', 1.0, 0.50, false),
    ('maintenance', 'kept_informed', -0.2, 1.60, false),
    ('maintenance', 'speed', 0.3, 1.10, true),
    ('maintenance', 'quality_of_work', 0.8, 0.80, false),
    ('maintenance', 'left_clean', 1.2, 0.30, false),
    ('maintenance', 'politeness', 1.6, 0.00, false),
    ('front_office', 'solved_at_once', 0.4, 1.40, false),
    ('front_office', 'friendly', 1.3, 0.60, false),
    ('front_office', 'opening_hours', 0.7, 0.20, false),
    ('communication', 'told_in_time', 0.0, 1.50, false),
    ('communication', 'easy_to_reach', 0.3, 1.00, false),
    ('communication', 'clear_words', 1.0, 0.30, false),
    ('amenities', 'clean', 0.6, 1.20, false),
    ('amenities', 'available', 0.4, 0.80, false),
    ('amenities', 'well_equipped', 0.8, 0.30, false),
    ('community_events', 'met_neighbors', 0.5, 1.30, false),
    ('community_events', 'well_organized', 1.0, 0.60, false),
    ('community_events', 'convenient_time', 0.6, 0.30, false),
    ('payments', 'correct_bill', 1.0, 1.20, false),
    ('payments', 'easy_to_pay', 0.9, 0.90, false),
    ('payments', 'questions_answered', 0.5, 0.40, false),
    ('renewal', 'fair_offer', 0.0, 1.50, false),
    ('renewal', 'asked_early', 0.6, 0.60, false),
    ('renewal', 'simple_signing', 1.0, 0.40, false),
    ('move_out', 'deposit_returned', 0.2, 1.40, false),
    ('move_out', 'fair_inspection', 0.4, 1.00, false),
    ('move_out', 'clear_steps', 0.8, 0.40, false),
) as _ (touchpoint, driver, satisfied_base, weight, is_speed);
