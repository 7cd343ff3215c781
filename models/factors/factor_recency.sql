-- factor_recency: one row per contact and balance: how did it feel lately? As tone, with a short half-life.
with

entries as (
    {{ contact_entries('recency', {
        'recency_pleasant': 'contacts.pleasant',
        'recency_unpleasant': 'contacts.unpleasant',
    }) }}
)

select * from entries
