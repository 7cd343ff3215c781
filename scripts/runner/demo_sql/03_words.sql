-- What people are called and what they write. Slots in braces are filled per message.

-- wheels: one row: lists to pick from; a weight of three is three places on the wheel.
create or replace table wheels as
select
    string_split('Ada Amir Bea Caleb Chen Dana Diego Elif Emma Femi Grace Hugo Ines Ivan Jonas Kira Leo Lina Marta Milo Nadia Noor Omar Priya Quinn Rosa Sam Talia Uma Victor Yara Zoe', ' ') as first_names,
    string_split('Abbott Almeida Brandt Castillo Cho Dubois Eriksen Farouk Fischer Garcia Haddad Ito Jansen Kaur Kowalski Larsen Mbeki Meyer Moreau Novak Okafor Olsen Park Quispe Rahman Rossi Sato Silva Tanaka Varga Weber Young', ' ') as last_names,
    string_split('Willow Harbor Maple Foundry Lakeside Cedar Granary Orchard Stonebridge Juniper Millrace Parkview', ' ') as place_names,
    string_split('Court Point Terrace Lofts Commons Ridge Row Gardens House Flats Place Yard', ' ') as place_kinds,
    ['North', 'Lakefront', 'Downtown', 'West'] as regions,
    string_split('Alex Jordan Robin Casey Morgan Jamie', ' ') as staff,
    ['kitchen', 'bathroom', 'bedroom', 'hallway', 'living room', 'laundry room'] as rooms,
    ['email', 'email', 'email', 'phone', 'phone', 'portal', 'portal', 'portal', 'chat', 'chat', 'sms', 'in_person'] as channels,
    ['alone', 'alone', 'couple', 'couple', 'family', 'family', 'shared'] as households,
    ['', '', '', 'Hi. ', 'Hello. ', 'Hi there. ', 'Unit {unit} here. '] as openers,
    ['', '', '', ' Please let me know.', ' Thanks.', ' Could someone take a look?', ' I am home after five.'] as closers,
    ['communication', 'communication', 'renewal', 'payments', 'amenities', 'community_events', 'front_office'] as inquiry_touchpoints,
    ['maintenance', 'maintenance', 'front_office', 'community_events', 'community_events', 'amenities', 'communication'] as praise_touchpoints,
    ['inquiry_reply', 'inquiry_reply', 'tour', 'application'] as prospect_touchpoints,
    (select list(issue_category order by issue_category) from truth_categories, range(cold_tickets)) as cold_tickets,
    (select list(issue_category order by issue_category) from truth_categories, range(warm_tickets)) as warm_tickets,
    (select list(issue_category order by issue_category) from truth_categories, range(complaints)) as complaints,
    (select list(issue_category order by issue_category) from truth_categories, range(requests)) as requests;


-- script: one row per message that a matter of this kind may bring: its chance, and when: after a share of the time until
-- the fix, plus some hours. Chases and thanks depend on how long the fix took.
create or replace table script as
select * from (
    values
    ('ticket', 1, 'report', 'inbound', null, 1.00, 0.0, 999.0, 0.0, 0.0),
    ('ticket', 2, 'detail', 'inbound', null, 0.10, 0.0, 999.0, 0.0, 0.2),
    ('ticket', 3, 'acknowledge', 'outbound', null, 0.70, 0.0, 999.0, 0.0, 1.5),
    ('ticket', 4, 'chase', 'inbound', 'grievance', 0.50, 2.5, 999.0, 0.5, 0.0),
    ('ticket', 5, 'chase', 'inbound', 'grievance', 0.60, 6.0, 999.0, 0.8, 0.0),
    ('ticket', 6, 'done', 'outbound', null, 0.65, 0.0, 999.0, 1.0, 0.5),
    ('ticket', 7, 'thanks', 'inbound', 'commendation', 0.20, 0.0, 1.5, 1.0, 4.0),
    ('complaint', 1, 'report', 'inbound', null, 1.00, 0.0, 999.0, 0.0, 0.0),
    ('complaint', 3, 'sorry', 'outbound', null, 0.75, 0.0, 999.0, 0.0, 8.0),
    ('request', 1, 'report', 'inbound', null, 1.00, 0.0, 999.0, 0.0, 0.0),
    ('request', 3, 'reply', 'outbound', null, 0.80, 0.0, 999.0, 0.0, 6.0),
    ('inquiry', 1, 'inquiry', 'inbound', null, 1.00, 0.0, 999.0, 0.0, 0.0),
    ('inquiry', 3, 'reply', 'outbound', null, 0.85, 0.0, 999.0, 0.0, 6.0),
    ('praise', 1, 'praise', 'inbound', null, 1.00, 0.0, 999.0, 0.0, 0.0),
    ('praise', 3, 'welcome', 'outbound', null, 0.40, 0.0, 999.0, 0.0, 6.0),
    ('tour', 1, 'tour', 'inbound', null, 1.00, 0.0, 999.0, 0.0, 0.0),
    ('tour', 3, 'follow_up', 'outbound', null, 0.60, 0.0, 999.0, 0.0, 20.0),
    ('application', 1, 'inquiry', 'inbound', null, 1.00, 0.0, 999.0, 0.0, 0.0),
    ('application', 3, 'reply', 'outbound', null, 0.80, 0.0, 999.0, 0.0, 6.0),
) as _ (
    kind, step, part, direction, nature, chance,
    days_to_fix_from, days_to_fix_below, share_of_fix, hours
);


-- templates: one row per sentence: the part it plays, its subject (an issue category or a touchpoint, or any) and its mood.
create or replace table templates as
select * from (
    values
    -- Problems, calmly.
    ('report', 'plumbing', 'calm', 'The tap in the {room} drips all day.'),
    ('report', 'plumbing', 'calm', 'Water is coming up slowly in the sink drain, it takes an hour to empty.'),
    ('report', 'plumbing', 'calm', 'There is a small damp patch on the ceiling of the {room}.'),
    ('report', 'plumbing', 'calm', 'The toilet keeps running after each flush.'),
    ('report', 'heating', 'calm', 'The radiator in the {room} stays lukewarm.'),
    ('report', 'heating', 'calm', 'The thermostat shows an error and the heat comes and goes.'),
    ('report', 'heating', 'calm', 'We have no hot water in the mornings, it comes back around ten.'),
    ('report', 'appliances', 'calm', 'The dishwasher stops halfway and shows E4.'),
    ('report', 'appliances', 'calm', 'The fridge hums loudly and does not get cold enough.'),
    ('report', 'appliances', 'calm', 'One burner of the stove does not light any more.'),
    ('report', 'pests', 'calm', 'I saw ants along the wall of the {room}.'),
    ('report', 'pests', 'calm', 'There may be mice behind the cupboard, we hear them in the evening.'),
    ('report', 'common_areas', 'calm', 'The light on the second floor landing is out.'),
    ('report', 'common_areas', 'calm', 'Somebody left furniture next to the bins, could it be taken away?'),
    ('report', 'common_areas', 'calm', 'The elevator door needs three tries to close.'),
    ('report', 'access', 'calm', 'My key fob opens the garage but not the front door.'),
    ('report', 'access', 'calm', 'Could I get a second mailbox key?'),
    ('report', 'access', 'calm', 'The intercom does not ring in unit {unit}.'),
    ('report', 'noise', 'calm', 'There is drilling next door before eight, could you ask them to start later?'),
    ('report', 'noise', 'calm', 'The ventilation above the {room} rattles at night.'),
    ('report', 'parking', 'calm', 'A car without a permit is in my space again today.'),
    ('report', 'parking', 'calm', 'I would like to register a second car for the garage.'),
    ('report', 'billing', 'calm', 'The water charge on this bill is twice the usual one, could you check it?'),
    ('report', 'billing', 'calm', 'My payment of the first does not show in the portal yet.'),
    -- Problems, and people are upset.
    ('report', 'plumbing', 'upset', 'Water is dripping from the ceiling into the {room} and nobody picks up the emergency line. This is awful.'),
    ('report', 'plumbing', 'upset', 'The drain is backed up again and the whole {room} stinks. I am fed up.'),
    ('report', 'plumbing', 'upset', 'Terrible. The same pipe is leaking and my floor is ruined.'),
    ('report', 'heating', 'upset', 'No heat at all and it is freezing in here. My children sleep in their coats. Unacceptable.'),
    ('report', 'heating', 'upset', 'The heating failed again overnight. I am really angry, we pay for a home, not for a fridge.'),
    ('report', 'appliances', 'upset', 'The oven is broken again, {staff} said it was fixed. Very disappointing.'),
    ('report', 'appliances', 'upset', 'Our washing machine flooded the {room}. This is a disaster.'),
    ('report', 'pests', 'upset', 'Cockroaches in the {room}. Disgusting, I cannot cook here.'),
    ('report', 'pests', 'upset', 'The mice are back and the traps did nothing. I hate coming home to this.'),
    ('report', 'common_areas', 'upset', 'The elevator is out again and my mother cannot get upstairs. This is shameful.'),
    ('report', 'common_areas', 'upset', 'The hallway is filthy, it has not been cleaned for weeks. Terrible service.'),
    ('report', 'access', 'upset', 'I was locked out for an hour because the fob failed. Horrible evening.'),
    ('report', 'access', 'upset', 'Somebody came into my home without notice. I am furious.'),
    ('report', 'noise', 'upset', 'Party upstairs until three again. I am exhausted and nobody does anything.'),
    ('report', 'noise', 'upset', 'The barking next door is unbearable, this is the third time I complain.'),
    ('report', 'parking', 'upset', 'My car was towed from my own space. This is outrageous.'),
    ('report', 'parking', 'upset', 'The garage gate hit my car. I am very upset about how this is handled.'),
    ('report', 'billing', 'upset', 'I was charged a late fee although I paid on time. This is wrong and I am angry.'),
    ('report', 'billing', 'upset', 'Another wrong bill. The worst bookkeeping I have ever seen.'),
    -- From prospects.
    ('report', 'any', 'calm', 'I called twice this week and have not heard back.'),
    ('report', 'any', 'calm', 'The price on the site is not the one I was told.'),
    ('report', 'any', 'upset', 'I stood in front of a locked office at the time of my appointment. Very disappointing.'),
    ('report', 'any', 'upset', 'Nobody answers my messages. If this is the service, I worry about living there.'),
    ('inquiry', 'inquiry_reply', 'any', 'Is the two-bedroom on your site still available from next month?'),
    ('inquiry', 'inquiry_reply', 'any', 'Do you allow dogs, and is there a deposit for them?'),
    ('inquiry', 'inquiry_reply', 'any', 'What would a one-bedroom with a balcony cost with utilities?'),
    ('inquiry', 'inquiry_reply', 'any', 'How far is the next bus stop from the building?'),
    ('inquiry', 'tour', 'any', 'Could I see the home on Saturday morning?'),
    ('inquiry', 'tour', 'any', 'Would a video tour be possible? I live out of town.'),
    ('inquiry', 'application', 'any', 'Which papers do you need for the application?'),
    ('inquiry', 'application', 'any', 'I have sent the application, when can I expect an answer?'),
    ('tour', 'any', 'pleased', 'Tour with {staff}: loves the light in the {room}, asked about move-in dates.'),
    ('tour', 'any', 'pleased', 'Tour with {staff}: very happy with the home and the courtyard.'),
    ('tour', 'any', 'calm', 'Tour with {staff}: looked at two homes, will think about it.'),
    ('tour', 'any', 'calm', 'Tour with {staff}: asked about storage, parking and the school.'),
    ('tour', 'any', 'upset', 'Tour with {staff}: the home was not ready, disappointed by the state of the {room}.'),
    ('tour', 'any', 'upset', 'Tour with {staff}: waited twenty minutes for the key and left annoyed.'),
    -- Questions of residents.
    ('inquiry', 'communication', 'any', 'When will the water be turned off on Thursday?'),
    ('inquiry', 'communication', 'any', 'Did I miss a notice about the window cleaning?'),
    ('inquiry', 'communication', 'any', 'Who do I write to about a guest who stays for two weeks?'),
    ('inquiry', 'renewal', 'any', 'When will you send the renewal offer for unit {unit}?'),
    ('inquiry', 'renewal', 'any', 'Could we renew for six months instead of twelve?'),
    ('inquiry', 'payments', 'any', 'Can I change the date of the automatic payment?'),
    ('inquiry', 'payments', 'any', 'Where do I find the statement for last year?'),
    ('inquiry', 'amenities', 'any', 'Is the gym open on the holiday?'),
    ('inquiry', 'amenities', 'any', 'How do I book the guest room?'),
    ('inquiry', 'community_events', 'any', 'Is there still room at the dinner on Friday?'),
    ('inquiry', 'community_events', 'any', 'May I bring a friend to the yoga class?'),
    ('inquiry', 'front_office', 'any', 'Is the office open on Saturday?'),
    ('inquiry', 'front_office', 'any', 'A parcel of mine was left with you, until when can I pick it up?'),
    -- While it lasts, and after.
    ('detail', 'any', 'calm', 'One more thing: it is worst in the {room}.'),
    ('detail', 'any', 'calm', 'I have added a photo.'),
    ('detail', 'any', 'upset', 'And it is getting worse by the minute.'),
    ('detail', 'any', 'upset', 'Is anybody reading this?'),
    ('chase', 'any', 'calm', 'Any news on this? I reported it {days} days ago.'),
    ('chase', 'any', 'calm', 'Following up: when can I expect somebody? It has been {days} days.'),
    ('chase', 'any', 'upset', 'Still not fixed after {days} days. This is unacceptable.'),
    ('chase', 'any', 'upset', 'I have been waiting for {days} days and nobody calls back. I am very frustrated.'),
    ('chase', 'any', 'upset', '{staff} promised to come on Tuesday and nobody came. Terrible.'),
    ('thanks', 'any', 'any', 'It works again, thank you so much for coming this quickly!'),
    ('thanks', 'any', 'any', '{staff} was here within hours and left everything clean. Great job.'),
    ('thanks', 'any', 'any', 'Fixed, and very friendly too. Much appreciated.'),
    -- Praise.
    ('praise', 'maintenance', 'any', 'I want to thank {staff} for the wonderful work in our {room}.'),
    ('praise', 'maintenance', 'any', 'Your maintenance team is excellent, always fast and kind.'),
    ('praise', 'front_office', 'any', '{staff} at the front desk is a delight. Thank you!'),
    ('praise', 'front_office', 'any', 'Great help with the parcel today, I am really happy to live here.'),
    ('praise', 'community_events', 'any', 'We loved the cooking evening, met three neighbors. Fantastic.'),
    ('praise', 'community_events', 'any', 'The concert in the lobby was wonderful, please do it again.'),
    ('praise', 'amenities', 'any', 'The new plants on the roof look beautiful.'),
    ('praise', 'amenities', 'any', 'The gym is spotless lately, thank you.'),
    ('praise', 'communication', 'any', 'Thanks for the clear notice about the works, that was very helpful.'),
    ('praise', 'communication', 'any', 'I love the weekly mail, short and useful.'),
    ('praise', 'inquiry_reply', 'any', 'Thank you for the quick and friendly answer, this sounds great.'),
    ('praise', 'tour', 'any', '{staff} gave us a lovely tour, we felt at home at once.'),
    ('praise', 'application', 'any', 'That was the easiest application I ever made, thank you.'),
    -- Staff.
    ('acknowledge', 'any', 'any', 'Thank you for telling us. {staff} will come by tomorrow between nine and noon.'),
    ('acknowledge', 'any', 'any', 'We have opened a ticket and will write as soon as we have a date.'),
    ('acknowledge', 'any', 'any', 'Noted for unit {unit}. May we enter if you are out?'),
    ('done', 'any', 'any', '{staff} has finished the work in unit {unit}. Tell us if anything is left.'),
    ('done', 'any', 'any', 'Your ticket is closed. We hope that all is well again.'),
    ('sorry', 'any', 'any', 'We are sorry about this, and {staff} will call you today.'),
    ('sorry', 'any', 'any', 'Thank you for being open. We are looking into it and come back to you.'),
    ('reply', 'any', 'any', 'Thanks for asking. You will find the details in the portal, and {staff} is happy to help.'),
    ('reply', 'any', 'any', 'Yes, that works. {staff} will confirm by mail.'),
    ('welcome', 'any', 'any', 'This made our day. {staff} says hello.'),
    ('follow_up', 'any', 'any', 'It was good to meet you. Here are the floor plans of both homes.'),
    -- Comments in surveys.
    ('comment', 'any', 'missed', 'It took far too long and nobody told me why.'),
    ('comment', 'any', 'missed', 'I had to ask three times.'),
    ('comment', 'any', 'missed', 'Not what I was promised.'),
    ('comment', 'any', 'met', 'It was fine.'),
    ('comment', 'any', 'met', 'Good, could be a bit quicker.'),
    ('comment', 'any', 'exceeded', 'Better than I expected, thank you.'),
    ('comment', 'any', 'exceeded', 'Everybody was kind and it just worked.'),
    ('comment', 'any', 'exceeded', 'I tell all my friends about this place.'),
) as _ (part, subject, mood, body);


-- phrases: one row per part, subject and mood: its sentences.
create or replace table phrases as
select
    part,
    subject,
    mood,
    list(body order by body) as bodies
from templates
group by all;
