-- factor_frequency: one row per contact and balance: do they seek us out, or do they have to chase us? The effect of a
-- nature depends on the segment of the day that is scored, so the ledger keeps both segments' sums.
with

entries as (
    {{ contact_entries('frequency') }}
)

select * from entries
