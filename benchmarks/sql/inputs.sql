-- What a re-reading of history reads: the warehouse w, at the point where contacts are already told from messages. This
-- spares the comparisons the judging of raw rows and the making of contacts.
create or replace macro two_decimals(points) as
    cast(cast(points as decimal(12, 9)) as decimal(5, 2));

create or replace view contacts as
select
    contact_id,
    customer_id,
    issue_id,
    contact_on,
    is_commendation,
    cast(pleasant as double) as pleasant,
    cast(unpleasant as double) as unpleasant,
    cast(resident_gain as double) as resident_gain,
    cast(resident_cost as double) as resident_cost,
    cast(prospect_gain as double) as prospect_gain,
    cast(prospect_cost as double) as prospect_cost
from w.intermediate.contacts;

create or replace view contact_problems as
select
    contact_id,
    customer_id,
    issue_category,
    contact_on
from w.intermediate.contact_problems;

-- In memory, to the advantage of the re-reading. The made texts are a few that come again and again.
create or replace table text_readings as
select
    body,
    any_value(text_nature) as text_nature,
    any_value(text_category) as text_category,
    any_value(text_tone) filter (where tone_confidence > 0) as text_tone
from w.staging.stg_files__interactions
where tone_confidence is not null
group by body;

create or replace table issues as
select
    customer_id,
    opened_on,
    closed_on
from w.intermediate.issues;

create or replace table segments as
select
    customer_id,
    segment,
    property_id,
    started_on,
    ended_on
from w.intermediate.customer_segments;

create or replace view half_lives as
select
    max(cast(half_life_days as double)) filter (where factor = 'frequency') as frequency,
    max(cast(half_life_days as double)) filter (where factor = 'tone') as tone,
    max(cast(half_life_days as double)) filter (where factor = 'variety') as variety,
    max(cast(half_life_days as double)) filter (where factor = 'persistence') as persistence,
    max(cast(half_life_days as double)) filter (where factor = 'recency') as recency
from w.rules.factor_settings;

create or replace view weights as
select
    segment,
    max(cast(weight as double)) filter (where factor = 'frequency') as frequency_weight,
    max(cast(weight as double)) filter (where factor = 'tone') as tone_weight,
    max(cast(weight as double)) filter (where factor = 'variety') as variety_weight,
    max(cast(weight as double)) filter (where factor = 'persistence') as persistence_weight,
    max(cast(weight as double)) filter (where factor = 'recency') as recency_weight,
    max(cast(saturation as double)) filter (where factor = 'frequency') as frequency_k,
    max(cast(saturation as double)) filter (where factor = 'tone') as tone_k,
    max(cast(saturation as double)) filter (where factor = 'variety') as variety_k,
    max(cast(saturation as double)) filter (where factor = 'persistence') as persistence_k,
    max(cast(saturation as double)) filter (where factor = 'recency') as recency_k,
    max(rule_version) as rule_version
from w.rules.factor_weights
group by segment;

create or replace view settings as
select
    max(cast(value as double)) filter (where setting = 'quiet_days') as quiet_days,
    max(cast(value as double)) filter (where setting = 'confidence_contacts') as confidence_contacts
from w.rules.rule_settings;

create or replace view bands as
select
    band,
    floor as band_from,
    -- The best band has no end.
    lead(floor, 1, 999) over (order by floor) as band_before
from w.rules.score_bands;
