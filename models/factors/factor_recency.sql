-- factor_recency: one row per contact and balance: how did it feel lately? As tone, with a short half-life.
with

entries as (
    {{ contact_entries('recency') }}
)

select * from entries
