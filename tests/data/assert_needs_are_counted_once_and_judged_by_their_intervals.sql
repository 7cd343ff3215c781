-- Every rating with a need is in one month's counts; shares lie in their intervals, and verdicts are what those say.
{{ config(tags=['whole_history']) }}
with

needs as (

    select * from {{ ref('touchpoint_needs_monthly') }}

),

settings as (

    select max(case when setting = 'needs_responses' then value end) as needs_responses
    from {{ ref('rule_settings') }}

),

ratings as (

    select count(*) as ratings
    from {{ ref('touchpoint_ratings') }}
    where need_met is not null

),

responses as (

    select coalesce(sum(responses), 0) as responses
    from needs

),

offences as (

    select 'counts' as offence
    from needs
    where responses <> missed + met + exceeded

    union all

    select 'intervals' as offence
    from needs
    where
        exceeded_share not between exceeded_lower and exceeded_upper
        or pooled_share not between pooled_lower and pooled_upper
        or exceeded_lower < 0
        or exceeded_upper > 1

    union all

    select 'verdicts' as offence
    from needs
    cross join settings
    where
        (needs.verdict = 'too few') <> (needs.pooled_responses < settings.needs_responses)
        or (needs.verdict = 'exceeding' and needs.pooled_lower <= needs.target)
        or (needs.verdict = 'falling short' and needs.pooled_upper >= needs.target)

    union all

    select 'ratings' as offence
    from responses
    cross join ratings
    where responses.responses <> ratings.ratings

)

select * from offences
