-- What real files are like, in a few rows of customer 8. (10_messages writes a few messages down late.)

insert into raw.interactions by name
select
    interaction_id,
    customer_id,
    coalesce(iso(moved_at(sent_at)), 'yesterday evening') as occurred_at,
    channel,
    'inbound' as direction,
    touchpoint,
    issue_id,
    issue_category,
    nature,
    sentiment,
    body,
    iso(moved_at(written_at)) as updated_at,
    is_withdrawn as _deleted
from (
    values
    -- Filed under the wrong category, and corrected two days later.
    ('i0000008-01', 'c0000008', timestamp '2025-12-02 09:15', 'phone', 'communication', null, 'noise', 'request', 0.00, 'There is a gurgling noise from the drain.', null, null),
    ('i0000008-01', 'c0000008', timestamp '2025-12-02 09:15', 'phone', 'maintenance', 't0000008-1', 'plumbing', 'request', -0.10, 'There is a gurgling noise from the drain.', timestamp '2025-12-04 10:00', null),
    -- Meant for another customer's file, and withdrawn the day after.
    ('i0000008-02', 'c0000008', timestamp '2026-01-12 14:00', 'email', 'payments', null, 'billing', 'grievance', -0.90, 'I have never been so angry about a bill.', null, null),
    ('i0000008-02', 'c0000008', timestamp '2026-01-12 14:00', 'email', 'payments', null, 'billing', 'grievance', -0.90, 'I have never been so angry about a bill.', timestamp '2026-01-13 08:30', true),
    -- To be rejected: a time that cannot be read, nobody's row, a sentiment off the scale.
    ('i0000008-03', 'c0000008', null, 'phone', 'front_office', null, 'access', 'request', null, 'The garage door does not open.', null, null),
    ('i0000008-04', null, timestamp '2026-02-20 16:45', 'phone', 'front_office', null, null, 'inquiry', null, 'Caller hung up before giving a name.', null, null),
    ('i0000008-05', 'c0000008', timestamp '2026-03-03 11:20', 'chat', 'amenities', null, null, 'commendation', 7.00, 'Seven out of seven for the new gym!', null, null),
) as _ (
    interaction_id, customer_id, sent_at, channel, touchpoint, issue_id, issue_category, nature, sentiment, body,
    written_at, is_withdrawn
);


-- Waiting: appointments, filed under the day on which they will be.
insert into raw.interactions by name
select
    interaction_id,
    'c0000008' as customer_id,
    iso(getvariable('last_day') + days_ahead + time '10:00') as occurred_at,
    'in_person' as channel,
    'inbound' as direction,
    touchpoint,
    nature,
    body
from (
    values
    ('i0000008-06', 2, 'renewal', 'inquiry', 'Appointment about the renewal.'),
    ('i0000008-07', 6, 'maintenance', 'request', 'Appointment for the oven.'),
) as _ (interaction_id, days_ahead, touchpoint, nature, body);


insert into raw.issues by name
select
    issue_id,
    'c0000008' as customer_id,
    issue_category,
    iso(moved_at(opened_at)) as opened_at,
    iso(moved_at(resolved_at)) as resolved_at,
    iso(moved_at(written_at)) as updated_at
from (
    values
    -- Resolved, opened again, and resolved once more.
    ('t0000008-1', 'plumbing', timestamp '2025-12-02 09:15', timestamp '2025-12-05 12:00', null),
    ('t0000008-1', 'plumbing', timestamp '2025-12-02 09:15', timestamp '2025-12-19 16:30', timestamp '2025-12-19 16:35'),
    -- Resolved before it was opened: somebody's clock.
    ('t0000008-2', 'appliances', timestamp '2026-06-24 10:00', timestamp '2026-06-23 17:00', null),
) as _ (issue_id, issue_category, opened_at, resolved_at, written_at);
