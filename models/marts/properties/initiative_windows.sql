-- initiative_windows: one row per day on which an initiative starts, property and comparison of two windows: what was
-- posted in both by the customers who were there in both.
{{ catches_up(['initiative_starts']) }}
{%- set windows = ['earlier', 'before', 'after'] %}
{%- set comparisons = {'impact': ('before', 'after'), 'placebo': ('earlier', 'before')} %}
with

{% if is_incremental() -%}
measured as (

    select distinct started_on
    from {{ this }}

),

{% endif -%}
-- What has been measured already stays, unless something in its windows has changed since.
starts as (

    select initiative_starts.*
    from {{ ref('initiative_starts') }} as initiative_starts
    {%- if is_incremental() %}
    left join measured
        on initiative_starts.started_on = measured.started_on
    {%- endif %}
    where
        initiative_starts.is_complete
        and {{ '(initiative_starts.is_touched or measured.started_on is null)' if is_incremental() else 'true' }}

),

start_days as (

    select
        started_on,
        before_from,
        {{ each_day('earlier_from', 'ended_before') }} as day_on
    from starts

),

days as (

    select distinct day_on
    from start_days

),

segments as (

    select
        customer_id,
        property_id,
        started_on,
        ended_on
    from {{ ref('customer_segments') }}
    where property_id is not null

),

contacts as (

    select
        contacts.contact_id,
        contacts.customer_id,
        contacts.pleasant - contacts.unpleasant as signed_tone,
        contacts.contact_on
    from {{ ref('contacts') }} as contacts
    inner join days
        on contacts.contact_on = days.day_on

),

problem_contacts as (

    select distinct contact_problems.contact_id
    from {{ ref('contact_problems') }} as contact_problems
    inner join days
        on contact_problems.contact_on = days.day_on

),

-- Tones are summed as decimals, so that the order of adding up does not matter.
customer_days as (

    select
        contacts.customer_id,
        segments.property_id,
        contacts.contact_on,
        count(*) as contacts,
        count(problem_contacts.contact_id) as problems,
        sum(cast(contacts.signed_tone as decimal(18, 9))) as tone
    from contacts
    inner join segments
        on
            contacts.customer_id = segments.customer_id
            and contacts.contact_on >= segments.started_on
            and (contacts.contact_on < segments.ended_on or segments.ended_on is null)
    left join problem_contacts
        on contacts.contact_id = problem_contacts.contact_id
    group by contacts.customer_id, segments.property_id, contacts.contact_on

),

posted as (

    select
        start_days.started_on,
        case
            when customer_days.contact_on < start_days.before_from then 'earlier'
            when customer_days.contact_on < start_days.started_on then 'before'
            else 'after'
        end as window_name,
        customer_days.property_id,
        customer_days.customer_id,
        0 as presence_days,
        customer_days.contacts,
        customer_days.problems,
        customer_days.tone
    from customer_days
    inner join start_days
        on customer_days.contact_on = start_days.day_on

),

present as (
    {%- for window_name in windows %}
    {%- set from_day = {'earlier': 'earlier_from', 'before': 'before_from', 'after': 'started_on'}[window_name] %}
    {%- set before_day = {'earlier': 'before_from', 'before': 'started_on', 'after': 'ended_before'}[window_name] %}

    select
        starts.started_on,
        '{{ window_name }}' as window_name,
        segments.property_id,
        segments.customer_id,
        {{ days_between(
            'greatest(segments.started_on, starts.' ~ from_day ~ ')',
            'least(coalesce(segments.ended_on, starts.' ~ before_day ~ '), starts.' ~ before_day ~ ')',
        ) }} as presence_days,
        0 as contacts,
        0 as problems,
        0 as tone
    from starts
    inner join segments
        on
            starts.{{ before_day }} > segments.started_on
            and (starts.{{ from_day }} < segments.ended_on or segments.ended_on is null)
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

happened as (

    select * from posted
    union all
    select * from present

),

customers as (

    select
        started_on,
        property_id,
        {%- for window_name in windows %}
        {%- for amount in ['presence_days', 'contacts', 'problems', 'tone'] %}
        sum(case when window_name = '{{ window_name }}' then {{ amount }} else 0 end) as {{ amount }}_{{ window_name }},
        {%- endfor %}
        {%- endfor %}
        customer_id
    from happened
    group by started_on, property_id, customer_id

),

compared as (
    {%- for comparison, (earlier, later) in comparisons.items() %}

    select
        started_on,
        property_id,
        '{{ comparison }}' as comparison,
        count(*) as customers,
        sum(presence_days_{{ earlier }}) as days_before,
        sum(presence_days_{{ later }}) as days_after,
        sum(contacts_{{ earlier }}) as contacts_before,
        sum(contacts_{{ later }}) as contacts_after,
        sum(problems_{{ earlier }}) as problems_before,
        sum(problems_{{ later }}) as problems_after,
        sum(tone_{{ earlier }}) as tone_before,
        sum(tone_{{ later }}) as tone_after
    from customers
    where
        presence_days_{{ earlier }} > 0
        and presence_days_{{ later }} > 0
    group by started_on, property_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- The scores at the end of each window.
score_days as (

    select
        started_on,
        'impact' as comparison,
        started_on - 1 as scored_before_on,
        ended_before - 1 as scored_after_on
    from starts

    union all

    select
        started_on,
        'placebo' as comparison,
        before_from - 1 as scored_before_on,
        started_on - 1 as scored_after_on
    from starts

),

days_to_read as (

    select scored_before_on as score_date
    from score_days

    union

    select scored_after_on as score_date
    from score_days

),

mean_scores as (

    select
        daily_points.score_date,
        daily_points.property_id,
        {{ mean('daily_points.score') }} as mean_score
    from {{ ref('daily_points') }} as daily_points
    inner join days_to_read
        on daily_points.score_date = days_to_read.score_date
    where daily_points.property_id is not null
    group by daily_points.score_date, daily_points.property_id

),

final as (

    select
        compared.started_on,
        compared.property_id,
        compared.comparison,
        compared.customers,
        cast(compared.days_before as bigint) as days_before,
        cast(compared.days_after as bigint) as days_after,
        cast(compared.contacts_before as bigint) as contacts_before,
        cast(compared.contacts_after as bigint) as contacts_after,
        cast(compared.problems_before as bigint) as problem_contacts_before,
        cast(compared.problems_after as bigint) as problem_contacts_after,
        {{ ten_decimals('cast(compared.tone_before as double) / nullif(compared.contacts_before, 0)') }} as tone_before,
        {{ ten_decimals('cast(compared.tone_after as double) / nullif(compared.contacts_after, 0)') }} as tone_after,
        -- Per 100 customers and 30 days of presence.
        {{ ten_decimals('compared.problems_before * 100 * 30 / compared.days_before') }} as problems_before,
        {{ ten_decimals('compared.problems_after * 100 * 30 / compared.days_after') }} as problems_after,
        {{ rounded('scores_before.mean_score', 7, 4) }} as mean_score_before,
        {{ rounded('scores_after.mean_score', 7, 4) }} as mean_score_after
    from compared
    inner join score_days
        on
            compared.started_on = score_days.started_on
            and compared.comparison = score_days.comparison
    left join mean_scores as scores_before
        on
            score_days.scored_before_on = scores_before.score_date
            and compared.property_id = scores_before.property_id
    left join mean_scores as scores_after
        on
            score_days.scored_after_on = scores_after.score_date
            and compared.property_id = scores_after.property_id

)

select * from final
