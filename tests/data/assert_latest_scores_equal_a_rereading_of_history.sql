-- The ledger's promise: a day costs a multiplication, and gives what re-reading the whole history gives. This re-reads
-- it, by the formulas of the methodology and nothing that the ledger keeps.
{{ config(tags=['whole_history']) }}
with

contacts as (

    select * from {{ ref('contacts') }}

),

contact_problems as (

    select * from {{ ref('contact_problems') }}

),

latest_date as (

    select max(score_date) as score_date
    from {{ ref('customer_scores_daily') }}

),

scores as (

    select customer_scores_daily.*
    from {{ ref('customer_scores_daily') }} as customer_scores_daily
    inner join latest_date
        on customer_scores_daily.score_date = latest_date.score_date

),

half_lives as (

    select
        {%- for factor in factor_names() %}
        max(case when factor_settings.factor = '{{ factor }}' then factor_settings.half_life_days end) as {{ factor }},
        {%- endfor %}
        max(latest_date.score_date) as score_date
    from {{ ref('factor_settings') }} as factor_settings
    cross join latest_date

),

rules as (

    select
        {%- for factor in factor_names() %}
        max(case when factor = '{{ factor }}' then cast(weight as double) end) as {{ factor }}_weight,
        max(case when factor = '{{ factor }}' then saturation end) as {{ factor }}_k,
        {%- endfor %}
        segment
    from {{ ref('factor_weights') }}
    group by segment

),

settings as (

    select
        max(case when setting = 'quiet_days' then value end) as quiet_days,
        max(case when setting = 'confidence_contacts' then value end) as confidence_contacts
    from {{ ref('rule_settings') }}

),

weighted_contacts as (

    select
        contacts.*,
        power(2, {{ days_between('half_lives.score_date', 'contacts.contact_on') }} / half_lives.frequency)
            as frequency_weight,
        power(2, {{ days_between('half_lives.score_date', 'contacts.contact_on') }} / half_lives.tone) as tone_weight,
        power(2, {{ days_between('half_lives.score_date', 'contacts.contact_on') }} / half_lives.recency)
            as recency_weight
    from contacts
    cross join half_lives

),

contact_sums as (

    select
        customer_id,
        sum(frequency_weight * resident_gain) as resident_gain,
        sum(frequency_weight * resident_cost) as resident_cost,
        sum(frequency_weight * prospect_gain) as prospect_gain,
        sum(frequency_weight * prospect_cost) as prospect_cost,
        sum(tone_weight * pleasant) as pleasant,
        sum(tone_weight * unpleasant) as unpleasant,
        sum(tone_weight) as contact_count,
        sum(recency_weight * pleasant) as lately_pleasant,
        sum(recency_weight * unpleasant) as lately_unpleasant
    from weighted_contacts
    group by customer_id

),

last_problems as (

    select
        customer_id,
        max(contact_on) as contact_on
    from contact_problems
    group by customer_id, issue_category

),

variety_sums as (

    select
        last_problems.customer_id,
        sum(power(2, {{ days_between('half_lives.score_date', 'last_problems.contact_on') }} / half_lives.variety))
            as categories
    from last_problems
    cross join half_lives
    group by last_problems.customer_id

),

repeats as (

    select
        contacts.contact_id,
        contacts.customer_id,
        contacts.contact_on
    from contacts
    inner join contacts as earlier
        on
            contacts.customer_id = earlier.customer_id
            and contacts.issue_id = earlier.issue_id
            and contacts.contact_on > earlier.contact_on
    where
        not contacts.is_commendation
        and not earlier.is_commendation

    union distinct

    select
        problems.contact_id,
        problems.customer_id,
        problems.contact_on
    from contact_problems as problems
    inner join contact_problems as earlier
        on
            problems.customer_id = earlier.customer_id
            and problems.issue_category = earlier.issue_category
            and problems.contact_on > earlier.contact_on
    cross join settings
    where {{ days_between('earlier.contact_on', 'problems.contact_on') }} <= settings.quiet_days

),

burdens as (

    select
        repeats.customer_id,
        power(2, {{ days_between('half_lives.score_date', 'repeats.contact_on') }} / half_lives.persistence) as burden
    from repeats
    cross join half_lives

    union all

    select
        issues.customer_id,
        1 - power(2, {{ days_between('half_lives.score_date', 'issues.opened_on') }} / half_lives.persistence) as burden
    from {{ ref('issues') }} as issues
    cross join half_lives
    where
        issues.opened_on <= half_lives.score_date
        and coalesce(issues.closed_on > half_lives.score_date, true)

),

burden_sums as (

    select
        customer_id,
        sum(burden) as burden
    from burdens
    group by customer_id

),

amounts as (

    select
        scores.customer_id,
        rules.*,
        case scores.segment
            when 'resident' then coalesce(contact_sums.resident_gain, 0)
            else coalesce(contact_sums.prospect_gain, 0)
        end as gained,
        case scores.segment
            when 'resident' then coalesce(contact_sums.resident_cost, 0)
            else coalesce(contact_sums.prospect_cost, 0)
        end as lost,
        coalesce(contact_sums.pleasant, 0) as pleasant,
        coalesce(contact_sums.unpleasant, 0) as unpleasant,
        coalesce(contact_sums.lately_pleasant, 0) as lately_pleasant,
        coalesce(contact_sums.lately_unpleasant, 0) as lately_unpleasant,
        coalesce(contact_sums.contact_count, 0) as contact_count,
        greatest(coalesce(variety_sums.categories, 0) - 1, 0) as more_categories,
        coalesce(burden_sums.burden, 0) as burden
    from scores
    inner join rules
        on scores.segment = rules.segment
    left join contact_sums
        on scores.customer_id = contact_sums.customer_id
    left join variety_sums
        on scores.customer_id = variety_sums.customer_id
    left join burden_sums
        on scores.customer_id = burden_sums.customer_id

),

reread as (

    select
        amounts.customer_id,
        {{ points(
            'frequency_weight',
            '(1 + (gained - lost) / (gained + lost + frequency_k)) / 2'
        ) }} as frequency_points,
        {{ points(
            'tone_weight',
            '(1 + (pleasant - unpleasant) / (pleasant + unpleasant + tone_k)) / 2'
        ) }} as tone_points,
        {{ points('variety_weight', 'variety_k / (variety_k + more_categories)') }} as variety_points,
        {{ points('persistence_weight', 'persistence_k / (persistence_k + burden)') }} as persistence_points,
        {{ points(
            'recency_weight',
            '(1 + (lately_pleasant - lately_unpleasant) / (lately_pleasant + lately_unpleasant + recency_k)) / 2'
        ) }} as recency_points,
        {{ rounded('contact_count / (contact_count + settings.confidence_contacts)', 5, 4) }} as confidence
    from amounts
    cross join settings

)

select
    scores.customer_id,
    scores.frequency_points,
    reread.frequency_points as reread_frequency_points,
    scores.tone_points,
    reread.tone_points as reread_tone_points,
    scores.variety_points,
    reread.variety_points as reread_variety_points,
    scores.persistence_points,
    reread.persistence_points as reread_persistence_points,
    scores.recency_points,
    reread.recency_points as reread_recency_points,
    scores.confidence,
    reread.confidence as reread_confidence
from scores
left join reread
    on scores.customer_id = reread.customer_id
where
    scores.frequency_points is distinct from reread.frequency_points
    or scores.tone_points is distinct from reread.tone_points
    or scores.variety_points is distinct from reread.variety_points
    or scores.persistence_points is distinct from reread.persistence_points
    or scores.recency_points is distinct from reread.recency_points
    or scores.confidence is distinct from reread.confidence
