-- factor_recency: one row per contact and balance: how did it feel lately? As tone, with a short half-life.
with

contacts as (

    select * from {{ ref('contacts') }}

),

settings as (

    select * from {{ ref('factor_settings') }}
    where factor = 'recency'

),

entries as (
    {{ contact_entries('recency', {
        'recency_pleasant': 'contacts.pleasant',
        'recency_unpleasant': 'contacts.unpleasant',
    }) }}
)

select * from entries
