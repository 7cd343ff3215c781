-- contacts: one row per customer, local day and matter: what six messages about one leak are. Commendations are a
-- matter of their own.
with

inbound as (

    select * from {{ ref('interactions') }}
    where direction = 'inbound'

),

contacts as (

    select
        contact_id,
        min(customer_id) as customer_id,
        min(issue_id) as issue_id,
        count(*) as messages,
        max(greatest(signed_tone, 0)) as pleasant,
        max(greatest(-signed_tone, 0)) as unpleasant,
        max(greatest(resident_effect, 0)) as resident_gain,
        max(greatest(-resident_effect, 0)) as resident_cost,
        max(greatest(prospect_effect, 0)) as prospect_gain,
        max(greatest(-prospect_effect, 0)) as prospect_cost,
        bool_or(is_commendation) as is_commendation,
        min(occurred_at) as occurred_at,
        min(occurred_on) as contact_on
    from inbound
    group by contact_id

)

select * from contacts
