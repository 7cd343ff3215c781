-- Eight lives that are told and not drawn (04_properties says where). docs/demo-data.md has them in prose.

-- 1: the chronic leak.          2: six messages in one day.   3: won back.       4: a prospect who signs.
-- 5: a prospect who vanishes.   6: moves within the portfolio.  7: never writes.   8: the one whose file is a mess.

-- screenplay: one row per message.
create or replace table screenplay as
select * from (
    values
    -- Six tickets for one leak, each after the last was closed: six issues, one category.
    (1, timestamp '2025-11-04 08:10', 'portal', 'inbound', 'maintenance', 1, 'plumbing', 'request', -0.20, 'There is a wet spot under the kitchen sink, it seems to come from the pipe.'),
    (1, timestamp '2025-11-06 15:30', 'portal', 'outbound', 'maintenance', 1, 'plumbing', null, null, 'We have tightened the joint. Your ticket is closed.'),
    (1, timestamp '2025-12-09 07:50', 'portal', 'inbound', 'maintenance', 2, 'plumbing', 'grievance', -0.45, 'The leak under the kitchen sink is back.'),
    (1, timestamp '2025-12-12 11:00', 'portal', 'outbound', 'maintenance', 2, 'plumbing', null, null, 'The seal was replaced. Your ticket is closed.'),
    (1, timestamp '2026-01-19 18:20', 'phone', 'inbound', 'maintenance', 3, 'plumbing', 'grievance', -0.60, 'Third time that the same pipe leaks. The cupboard is rotting.'),
    (1, timestamp '2026-01-22 10:15', 'email', 'outbound', 'maintenance', 3, 'plumbing', null, null, 'A plumber has been in and found nothing more. Your ticket is closed.'),
    (1, timestamp '2026-02-27 20:05', 'email', 'inbound', 'maintenance', 4, 'plumbing', 'grievance', -0.70, 'It leaks again. Does anybody read the earlier tickets? I explain this from the start every time.'),
    (1, timestamp '2026-03-04 09:40', 'email', 'outbound', 'maintenance', 4, 'plumbing', null, null, 'We are sorry for the trouble. The trap was replaced. Your ticket is closed.'),
    (1, timestamp '2026-04-08 07:15', 'phone', 'inbound', 'maintenance', 5, 'plumbing', 'grievance', -0.80, 'Water on the floor this morning. This is the fifth ticket for one leak. Unacceptable.'),
    (1, timestamp '2026-04-10 16:45', 'phone', 'outbound', 'maintenance', 5, 'plumbing', null, null, 'The pipe was sealed. Your ticket is closed.'),
    (1, timestamp '2026-05-18 19:30', 'email', 'inbound', 'maintenance', 6, 'plumbing', 'grievance', -0.90, 'The leak is back and I am done. I will not renew.'),
    (1, timestamp '2026-05-21 12:00', 'email', 'outbound', 'maintenance', 6, 'plumbing', null, null, 'The riser behind the wall was cracked and has been replaced. We are very sorry that it took this long.'),

    -- Six messages about one leak on one day are one contact, not six.
    (2, timestamp '2026-02-11 07:02', 'chat', 'inbound', 'maintenance', 1, 'plumbing', 'request', -0.30, 'Good morning, the bathroom ceiling is dripping.'),
    (2, timestamp '2026-02-11 07:09', 'chat', 'inbound', 'maintenance', 1, 'plumbing', 'request', -0.35, 'I have put a bucket under it.'),
    (2, timestamp '2026-02-11 07:31', 'chat', 'inbound', 'maintenance', 1, 'plumbing', 'grievance', -0.50, 'It is getting worse. Is anybody there?'),
    (2, timestamp '2026-02-11 08:04', 'chat', 'outbound', 'maintenance', 1, 'plumbing', null, null, 'We are on it. Please close the valve behind the washing machine.'),
    (2, timestamp '2026-02-11 08:06', 'chat', 'inbound', 'maintenance', 1, 'plumbing', 'request', -0.20, 'Which of the two valves?'),
    (2, timestamp '2026-02-11 08:15', 'chat', 'inbound', 'maintenance', 1, 'plumbing', null, null, 'Closed, it slows down.'),
    (2, timestamp '2026-02-11 12:40', 'chat', 'inbound', 'maintenance', 1, 'plumbing', 'grievance', -0.60, 'Still nobody here and the second bucket is full.'),
    (2, timestamp '2026-02-12 10:30', 'chat', 'outbound', 'maintenance', 1, 'plumbing', null, null, 'The pipe upstairs is repaired. We will paint the ceiling on Monday.'),
    (2, timestamp '2026-02-16 17:20', 'chat', 'inbound', 'maintenance', null, null, 'commendation', 0.60, 'The ceiling looks like new, thank you.'),

    -- A bad autumn, one person who takes it on, and an advocate by May.
    (3, timestamp '2025-10-07 19:12', 'email', 'inbound', 'maintenance', 1, 'heating', 'grievance', -0.60, 'No heat in the bedroom for three nights now.'),
    (3, timestamp '2025-10-13 08:30', 'phone', 'inbound', 'maintenance', 1, 'heating', 'grievance', -0.75, 'Still cold, and nobody came on Friday although I took the day off.'),
    (3, timestamp '2025-10-21 14:00', 'email', 'outbound', 'maintenance', 1, 'heating', null, null, 'The valve is replaced. Your ticket is closed.'),
    (3, timestamp '2025-11-02 23:40', 'email', 'inbound', 'communication', null, 'noise', 'grievance', -0.65, 'Drums upstairs at midnight, for the second week.'),
    (3, timestamp '2025-11-16 10:05', 'phone', 'inbound', 'payments', 2, 'billing', 'grievance', -0.80, 'You charged me for the repair of your own radiator. This is outrageous.'),
    (3, timestamp '2025-12-03 09:00', 'email', 'inbound', 'payments', 2, 'billing', 'grievance', -0.80, 'The wrong charge is still on my account. I am looking for another home.'),
    (3, timestamp '2026-01-08 11:00', 'phone', 'outbound', 'front_office', null, null, null, null, 'Robin called: apologized, refunded the charge, took the noise to the neighbors, and will call every month.'),
    (3, timestamp '2026-01-09 18:15', 'email', 'inbound', 'front_office', null, null, 'commendation', 0.40, 'Thank you for the call yesterday, Robin. That was the first time somebody listened.'),
    (3, timestamp '2026-02-10 10:30', 'phone', 'outbound', 'front_office', null, null, null, null, 'Robin called: all quiet, heating fine.'),
    (3, timestamp '2026-03-06 20:10', 'email', 'inbound', 'community_events', null, null, 'commendation', 0.70, 'The cooking evening was lovely, we finally met the family from upstairs.'),
    (3, timestamp '2026-04-14 12:25', 'portal', 'inbound', 'maintenance', 3, 'appliances', 'request', 0.00, 'The oven light is out, no hurry.'),
    (3, timestamp '2026-04-14 16:50', 'portal', 'outbound', 'maintenance', 3, 'appliances', null, null, 'Done this afternoon.'),
    (3, timestamp '2026-04-14 19:00', 'portal', 'inbound', 'maintenance', null, null, 'commendation', 0.85, 'Fixed the same day, wonderful!'),
    (3, timestamp '2026-05-11 09:45', 'email', 'inbound', 'front_office', null, null, 'commendation', 0.90, 'Robin, you turned this around. We are staying, and my sister is asking about the flat next door.'),

    (4, timestamp '2026-01-12 18:02', 'email', 'inbound', 'inquiry_reply', null, null, 'inquiry', 0.20, 'Is the one-bedroom on the third floor still available from February?'),
    (4, timestamp '2026-01-12 18:40', 'email', 'outbound', 'inquiry_reply', null, null, null, null, 'It is. Would you like to see it on Saturday?'),
    (4, timestamp '2026-01-17 10:30', 'in_person', 'inbound', 'tour', null, null, 'inquiry', 0.70, 'Tour with Jamie: loves the light, asked about the bicycle room.'),
    (4, timestamp '2026-01-24 16:10', 'portal', 'inbound', 'application', null, null, 'inquiry', 0.30, 'The application is in. When may I expect an answer?'),
    (4, timestamp '2026-01-26 09:20', 'email', 'outbound', 'application', null, null, null, null, 'Welcome! The contract is in the portal.'),
    (4, timestamp '2026-02-20 19:05', 'email', 'inbound', 'move_in', null, null, 'commendation', 0.80, 'Keys on time, flowers on the table. What a start, thank you.'),
    (4, timestamp '2026-03-18 08:45', 'portal', 'inbound', 'maintenance', 1, 'appliances', 'request', -0.10, 'The dishwasher does not drain.'),
    (4, timestamp '2026-03-19 13:00', 'portal', 'outbound', 'maintenance', 1, 'appliances', null, null, 'The filter was blocked, it runs again.'),

    (5, timestamp '2025-11-10 12:15', 'email', 'inbound', 'inquiry_reply', null, null, 'inquiry', 0.10, 'We are looking for three rooms from January. Do you have anything with a balcony?'),
    (5, timestamp '2025-11-14 09:30', 'email', 'outbound', 'inquiry_reply', null, null, null, null, 'We do. Next week?'),
    (5, timestamp '2025-11-18 17:30', 'in_person', 'inbound', 'tour', null, null, 'grievance', -0.50, 'Tour with Casey: the home was not cleaned and the balcony door did not open.'),
    (5, timestamp '2025-11-21 11:00', 'email', 'inbound', 'inquiry_reply', null, null, 'inquiry', -0.20, 'Is the price negotiable, given the state of the balcony?'),

    (6, timestamp '2025-10-19 23:55', 'phone', 'inbound', 'communication', null, 'noise', 'grievance', -0.60, 'The bar below plays until midnight every night.'),
    (6, timestamp '2025-11-23 23:50', 'phone', 'inbound', 'communication', null, 'noise', 'grievance', -0.70, 'Again until midnight. I cannot live above this.'),
    (6, timestamp '2025-12-15 10:00', 'email', 'outbound', 'front_office', null, null, null, null, 'We have a quiet home in another of our buildings. Would you like to move there?'),
    (6, timestamp '2025-12-16 08:20', 'email', 'inbound', 'front_office', null, null, 'commendation', 0.70, 'I would love to. Thank you for thinking of this.'),
    (6, timestamp '2026-03-01 17:00', 'email', 'inbound', 'front_office', null, null, 'commendation', 0.80, 'A month in the new home, and I sleep again.'),
) as _ (
    customer_no, sent_at, channel, direction, touchpoint, issue_no, issue_category, nature, sentiment, body
);


insert into raw.interactions by name
select
    printf('i%07d-s%02d', customer_no, row_number() over (partition by customer_no order by sent_at)) as interaction_id,
    customer_key(customer_no) as customer_id,
    iso(moved_at(sent_at)) as occurred_at,
    channel,
    direction,
    touchpoint,
    printf('t%07d-s%d', customer_no, issue_no) as issue_id,
    issue_category,
    nature,
    sentiment,
    body
from screenplay;


-- Each of their issues opens with its first message and is resolved by the last one from staff; the wrong charge of 3 was
-- never closed by a message, but in Robin's call.
insert into raw.issues by name
select
    printf('t%07d-s%d', customer_no, issue_no) as issue_id,
    customer_key(customer_no) as customer_id,
    any_value(issue_category) as issue_category,
    iso(moved_at(min(sent_at))) as opened_at,
    iso(moved_at(
        coalesce(max(sent_at) filter (where direction = 'outbound'), timestamp '2026-01-08 11:00')
    )) as resolved_at
from screenplay
where issue_no is not null
group by customer_no, issue_no;


insert into raw.customer_segments by name
select
    customer_key(customer_no) as customer_id,
    moved(started_on) as started_on,
    segment,
    property_id,
    moved(ended_on) as ended_on
from (
    values
    -- Notice is given: the end lies ahead.
    (1, date '2022-09-01', 'resident', 'p04', date '2026-08-31'),
    (2, date '2021-03-15', 'resident', 'p08', null),
    (3, date '2024-07-01', 'resident', 'p01', null),
    (4, date '2026-01-12', 'prospect', 'p09', date '2026-02-15'),
    (4, date '2026-02-15', 'resident', 'p09', null),
    (5, date '2025-11-10', 'prospect', 'p12', date '2025-12-05'),
    (6, date '2023-05-01', 'resident', 'p04', date '2026-02-01'),
    (6, date '2026-02-01', 'resident', 'p08', null),
    (7, date '2020-08-01', 'resident', 'p08', null),
    (8, date '2023-11-01', 'resident', 'p01', null),
) as _ (customer_no, started_on, segment, property_id, ended_on);


insert into raw.outcomes by name
select
    printf('o%07d-s1', stories.customer_no) as outcome_id,
    people.customer_id,
    stories.outcome,
    iso(moved_at(stories.occurred_at)) as occurred_at,
    people.annual_rent as amount
from (
    values
    (3, 'renewal', timestamp '2026-05-28 10:00'),
    (4, 'conversion', timestamp '2026-02-02 10:00'),
) as stories (customer_no, outcome, occurred_at)
inner join people
    on stories.customer_no = people.customer_no;


insert into raw.survey_responses by name
select
    printf('s%07d-%s', customer_no, survey_key) as response_id,
    customer_key(customer_no) as customer_id,
    survey,
    touchpoint,
    iso(moved_at(answered_at)) as responded_at,
    measure,
    score,
    comment
from (
    values
    (1, 'all00', 'relationship', null, timestamp '2026-03-10 20:00', 'nps', 1, 'One leak, four tickets, nobody who knows the story.'),
    (3, 'all00', 'relationship', null, timestamp '2025-11-20 20:00', 'nps', 3, 'Cold, loud, and then a wrong bill.'),
    (3, 'all01', 'relationship', null, timestamp '2026-05-12 20:00', 'nps', 9, 'Robin.'),
    (4, 'move_in', 'touchpoint', 'move_in', timestamp '2026-02-25 20:00', 'csat', 5, 'Better than I expected, thank you.'),
    (5, 'tour', 'touchpoint', 'tour', timestamp '2025-11-19 20:00', 'csat', 2, 'The home was not ready.'),
) as _ (customer_no, survey_key, survey, touchpoint, answered_at, measure, score, comment);


insert into raw.survey_answers by name
select
    printf('s%07d-%s', customer_no, survey_key) as response_id,
    touchpoint,
    driver,
    rating::varchar as rating
from (
    values
    (1, 'all00', 'maintenance', null, 1),
    (1, 'all00', 'communication', null, 1),
    (1, 'all00', 'community_events', null, 4),
    (3, 'all00', 'maintenance', null, 2),
    (3, 'all00', 'communication', null, 2),
    (3, 'all00', 'payments', null, 1),
    (3, 'all01', 'maintenance', null, 5),
    (3, 'all01', 'communication', null, 5),
    (3, 'all01', 'front_office', null, 5),
    (3, 'all01', 'payments', null, 5),
    (3, 'all01', 'community_events', null, 5),
    (4, 'move_in', 'move_in', 'home_was_clean', 5),
    (4, 'move_in', 'move_in', 'keys_on_time', 5),
    (4, 'move_in', 'move_in', 'welcome', 5),
    (5, 'tour', 'tour', 'home_was_ready', 1),
    (5, 'tour', 'tour', 'guide_knew_the_home', 4),
) as _ (customer_no, survey_key, touchpoint, driver, rating);
