-- factor_tone: one row per contact and balance: how did all contacts feel, on balance? Every contact also posts itself,
-- whatever its tone: the confidence in a score comes from how many there were.
with

entries as (
    {{ contact_entries('tone') }}
)

select * from entries
