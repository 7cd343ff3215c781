-- score_alert_spells: one row per customer, alert on scores and spell of days on which its condition holds.
{{ catches_up(['touched_customers', 'new_days', 'stg_control__score_window']) }}
{{ config(incremental_strategy='spells') }}
{%- set scopes = ['new', 'late'] if is_incremental() else ['new'] %}
with

alert_settings as (

    select * from {{ ref('alert_settings') }}

),

falls as (

    select
        alert,
        threshold,
        days
    from alert_settings
    where alert = 'score_fall'

),

-- The floor of the next better band: below it lie the band itself and all that are worse.
at_risk as (

    select
        alert_settings.alert,
        min(better_bands.floor) as band_before
    from alert_settings
    inner join {{ ref('score_bands') }} as score_bands
        on alert_settings.band = score_bands.band
    inner join {{ ref('score_bands') }} as better_bands
        on score_bands.floor < better_bands.floor
    where alert_settings.alert = 'entered_at_risk'
    group by alert_settings.alert

),

-- What a day is compared with.
comparisons as (

    select
        alert,
        days as days_before
    from falls

    union all

    select
        alert,
        1 as days_before
    from at_risk

),

judged_days as (
    {% if is_incremental() %}
    select score_date from {{ days_to_judge() }} as days_to_judge
    {% else %}
    select distinct score_date from {{ ref('scoring_days') }}
    {% endif %}
),

-- A condition begins to hold on a day where it did not on the day before.
condition_days as (

    select score_date from judged_days
    union distinct
    select score_date - 1 as score_date from judged_days

),

days_before_conditions as (

    select condition_days.score_date - falls.days as score_date
    from condition_days
    cross join falls

),

days_before as (

    select distinct judged_days.score_date - comparisons.days_before as score_date
    from judged_days
    cross join comparisons

),
{% if is_incremental() %}
late_customers as (

    select
        touched_customers.customer_id,
        touched_customers.changed_from,
        score_window.built_as_of
    from {{ ref('touched_customers') }} as touched_customers
    cross join {{ ref('stg_control__score_window') }} as score_window
    where touched_customers.scored_days > 0

),

late_scores as (
    {% for least, most in lateness() %}
    select daily_points.*
    from {{ ref('daily_points') }} as daily_points
    inner join {{ customers_to_judge(least, most) }} as customers_to_judge
        on
            daily_points.customer_id = customers_to_judge.customer_id
            and daily_points.score_date >= customers_to_judge.read_from
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),
{% endif %}
{%- for scope in scopes %}
-- Across a change of segment the scales differ, and nothing has fallen.
{{ scope }}_conditions as (

    select
        later.customer_id,
        falls.alert,
        later.score_date
    from {{ scores_on('condition_days', scope) }} as later
    cross join falls
    inner join {{ scores_on('days_before_conditions', scope) }} as earlier
        on
            later.customer_id = earlier.customer_id
            and later.score_date - falls.days = earlier.score_date
            and later.segment = earlier.segment
            and later.score <= earlier.score - falls.threshold

    union all

    select
        scores.customer_id,
        at_risk.alert,
        scores.score_date
    from {{ scores_on('condition_days', scope) }} as scores
    inner join at_risk
        on scores.score < at_risk.band_before

),

-- Who is not scored is in no condition: leaving all segments ends a spell.
{{ scope }}_all_turns as (

    select
        coalesce(that_day.customer_id, day_before.customer_id) as customer_id,
        coalesce(that_day.alert, day_before.alert) as alert,
        that_day.customer_id is not null as is_beginning,
        coalesce(that_day.score_date, day_before.score_date + 1) as turned_on
    from {{ scope }}_conditions as that_day
    full join {{ scope }}_conditions as day_before
        on
            that_day.customer_id = day_before.customer_id
            and that_day.alert = day_before.alert
            and that_day.score_date = day_before.score_date + 1
    where
        that_day.customer_id is null
        or day_before.customer_id is null

),

{{ scope }}_turns as (

    select
        all_turns.customer_id,
        all_turns.alert,
        all_turns.is_beginning,
        all_turns.turned_on
    {%- if scope == 'new' %}
    from {{ scope }}_all_turns as all_turns
    inner join judged_days
        on all_turns.turned_on = judged_days.score_date
    {%- else %}
    from {{ scope }}_all_turns as all_turns
    inner join late_customers
        on
            all_turns.customer_id = late_customers.customer_id
            and all_turns.turned_on between late_customers.changed_from and late_customers.built_as_of
    left join judged_days
        on all_turns.turned_on = judged_days.score_date
    where judged_days.score_date is null
    {%- endif %}

),

{{ scope }}_scores_before as (

    select
        turns.customer_id,
        turns.alert,
        turns.turned_on,
        scores.segment,
        scores.score,
        {%- for factor in factor_names() %}
        scores.{{ factor }}_points,
        {%- endfor %}
        scores.score_date
    from {{ scope }}_turns as turns
    inner join comparisons
        on turns.alert = comparisons.alert
    inner join {{ scores_on('days_before', scope) }} as scores
        on
            turns.customer_id = scores.customer_id
            and turns.turned_on - comparisons.days_before = scores.score_date
    where turns.is_beginning

),

{{ scope }}_beginnings as (

    select
        turns.customer_id,
        turns.alert,
        scores.segment,
        scores.property_id,
        scores_before.segment as segment_before,
        scores.score,
        scores_before.score as score_before,
        {%- for factor in factor_names() %}
        cast(scores.{{ factor }}_points - scores_before.{{ factor }}_points as decimal(5, 2)) as {{ factor }}_change,
        {%- endfor %}
        -- Who is at risk when they are first scored has entered nothing.
        scores_before.score is not null as is_raised,
        turns.turned_on as began_on,
        scores_before.score_date as before_on
    from {{ scope }}_turns as turns
    inner join {{ scores_on('judged_days', scope) }} as scores
        on
            turns.customer_id = scores.customer_id
            and turns.turned_on = scores.score_date
    left join {{ scope }}_scores_before as scores_before
        on
            turns.customer_id = scores_before.customer_id
            and turns.alert = scores_before.alert
            and turns.turned_on = scores_before.turned_on
    where turns.is_beginning

),
{% endfor %}
derived_beginnings as (
    {%- for scope in scopes %}
    select * from {{ scope }}_beginnings
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Points of two segments have other weights, and say nothing of each other.
with_leading as (

    select
        *,
        {{ least_change('segment = segment_before') }} as leading_change
    from derived_beginnings

),

with_leading_factor as (

    select
        *,
        case leading_change
            {%- for factor in factor_names() %}
            when {{ factor }}_change then '{{ factor }}'
            {%- endfor %}
        end as leading_factor
    from with_leading

),

with_second as (

    select
        *,
        {{ least_change('segment = segment_before', apart_from='leading_factor') }} as second_change
    from with_leading_factor

),

beginnings as (

    select
        customer_id,
        alert,
        segment,
        property_id,
        segment_before,
        case when leading_change < 0 then leading_factor end as leading_factor,
        case
            {%- for factor in factor_names() %}
            when second_change < 0 and leading_factor <> '{{ factor }}' and second_change = {{ factor }}_change
                then '{{ factor }}'
            {%- endfor %}
        end as second_factor,
        score,
        score_before,
        {%- for factor in factor_names() %}
        {{ factor }}_change,
        {%- endfor %}
        case when leading_change < 0 then leading_change end as leading_change,
        case when second_change < 0 then second_change end as second_change,
        is_raised,
        began_on,
        before_on
    from with_second

),
{% if is_incremental() %}
-- What was not over before the days that are judged anew goes on: without its ends, where those lie on such days.
lasting as (

    select stored.*
    from {{ this }} as stored
    inner join (select min(score_date) as score_date from judged_days) as first_judged
        on coalesce(stored.ended_on, date '9999-12-31') >= first_judged.score_date

    union distinct

    select stored.*
    from {{ this }} as stored
    inner join late_customers
        on
            stored.customer_id = late_customers.customer_id
            and coalesce(stored.ended_on, date '9999-12-31') >= late_customers.changed_from

),

judged_ends as (

    select
        lasting.*,
        began_judged.score_date is not null
        or coalesce(lasting.began_on >= late_customers.changed_from, false) as is_beginning_judged,
        ended_judged.score_date is not null
        or coalesce(lasting.ended_on >= late_customers.changed_from, false) as is_ending_judged
    from lasting
    left join judged_days as began_judged
        on lasting.began_on = began_judged.score_date
    left join judged_days as ended_judged
        on lasting.ended_on = ended_judged.score_date
    left join late_customers
        on lasting.customer_id = late_customers.customer_id

),

moved as (
    {%- for scope in scopes %}
    select
        customer_id,
        alert
    from {{ scope }}_turns

    union distinct
    {% endfor %}
    select
        customer_id,
        alert
    from judged_ends
    where
        is_beginning_judged
        or is_ending_judged

),

stored_spells as (

    select judged_ends.*
    from judged_ends
    inner join moved
        on
            judged_ends.customer_id = moved.customer_id
            and judged_ends.alert = moved.alert

),
{% endif %}
all_beginnings as (

    select * from beginnings
    {%- if is_incremental() %}

    union all

    select
        customer_id,
        alert,
        segment,
        property_id,
        segment_before,
        leading_factor,
        second_factor,
        score,
        score_before,
        {%- for factor in factor_names() %}
        {{ factor }}_change,
        {%- endfor %}
        leading_change,
        second_change,
        is_raised,
        began_on,
        before_on
    from stored_spells
    where not is_beginning_judged
    {%- endif %}

),

endings as (
    {%- for scope in scopes %}
    select
        customer_id,
        alert,
        turned_on as ended_on
    from {{ scope }}_turns
    where not is_beginning
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- if is_incremental() %}

    union all

    select
        customer_id,
        alert,
        ended_on
    from stored_spells
    where
        ended_on is not null
        and not is_ending_judged
    {%- endif %}

),

-- Beginnings and endings take turns.
turns as (

    select
        customer_id,
        alert,
        began_on as turned_on
    from all_beginnings

    union all

    select
        customer_id,
        alert,
        ended_on as turned_on
    from endings

),

next_turns as (

    select
        customer_id,
        alert,
        turned_on as began_on,
        lead(turned_on) over (
            partition by customer_id, alert
            order by turned_on
        ) as ended_on
    from turns

),

final as (

    select
        all_beginnings.customer_id,
        {{ hashed(['all_beginnings.customer_id']) }} as customer_key,
        all_beginnings.alert,
        all_beginnings.segment,
        all_beginnings.property_id,
        all_beginnings.segment_before,
        all_beginnings.leading_factor,
        all_beginnings.second_factor,
        all_beginnings.score,
        all_beginnings.score_before,
        {%- for factor in factor_names() %}
        all_beginnings.{{ factor }}_change,
        {%- endfor %}
        cast(all_beginnings.leading_change as decimal(5, 2)) as leading_change,
        cast(all_beginnings.second_change as decimal(5, 2)) as second_change,
        all_beginnings.is_raised,
        all_beginnings.began_on,
        all_beginnings.before_on,
        next_turns.ended_on
    from all_beginnings
    inner join next_turns
        on
            all_beginnings.customer_id = next_turns.customer_id
            and all_beginnings.alert = next_turns.alert
            and all_beginnings.began_on = next_turns.began_on

)

select * from final
