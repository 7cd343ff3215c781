-- factor_frequency: one row per contact and balance: do they seek us out, or do they have to chase us? The effect of a
-- nature depends on the segment of the day that is scored, so the ledger keeps both segments' sums.
with

entries as (
    {{ contact_entries('frequency', {
        'frequency_resident_gain': 'contacts.resident_gain',
        'frequency_resident_cost': 'contacts.resident_cost',
        'frequency_prospect_gain': 'contacts.prospect_gain',
        'frequency_prospect_cost': 'contacts.prospect_cost',
    }) }}
)

select * from entries
