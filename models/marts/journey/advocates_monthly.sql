-- advocates_monthly: one row per month and segment, from its first response on: the net promoter score, and how many
-- became advocates.
{%- set counts = [
    'respondents', 'promoters', 'detractors', 'asked_before', 'first_measured', 'converted', 'kept', 'lost'
] %}
with

settings as (

    select
        max(case when setting = 'interval_z' then value end) as interval_z,
        max(case when setting = 'needs_responses' then value end) as needs_responses,
        max(case when setting = 'nps_added_responses' then value end) as added_responses
    from {{ ref('rule_settings') }}

),

as_of as (

    select max(score_date) as as_of
    from {{ ref('scoring_days') }}

),

-- Who answers twice in a month counts once, by the later answer.
numbered as (

    select
        customer_id,
        segment,
        is_promoter,
        is_detractor,
        {{ month_of('responded_on') }} as month,
        row_number() over (
            partition by customer_id, {{ month_of('responded_on') }}
            order by responded_at desc, source_kind desc, response_id desc
        ) as number_from_last
    from {{ ref('relationship_responses') }}
    where is_promoter is not null

),

answers as (

    select
        customer_id,
        segment,
        is_promoter,
        is_detractor,
        month,
        lag(is_promoter) over (partition by customer_id order by month) as was_promoter
    from numbered
    where number_from_last = 1

),

counted as (

    select
        month,
        segment,
        count(*) as respondents,
        count(case when is_promoter then 1 end) as promoters,
        count(case when is_detractor then 1 end) as detractors,
        count(was_promoter) as asked_before,
        count(case when is_promoter and was_promoter is null then 1 end) as first_measured,
        count(case when is_promoter and not was_promoter then 1 end) as converted,
        count(case when is_promoter and was_promoter then 1 end) as kept,
        count(case when not is_promoter and was_promoter then 1 end) as lost
    from answers
    group by month, segment

),

first_months as (

    select
        segment,
        min(month) as first_month
    from counted
    group by segment

),

first_month_of_all as (

    select min(first_month) as first_month
    from first_months

),

days as (

    select {{ each_day('first_month_of_all.first_month', '(as_of.as_of + 1)') }} as calendar_day
    from first_month_of_all
    cross join as_of

),

months as (

    select distinct {{ month_of('calendar_day') }} as month
    from days

),

with_months as (

    select
        months.month,
        first_months.segment,
        {%- for count in counts %}
        cast(coalesce(counted.{{ count }}, 0) as bigint) as {{ count }},
        {%- endfor %}
        settings.interval_z,
        settings.needs_responses,
        settings.added_responses
    from months
    inner join first_months
        on months.month >= first_months.first_month
    left join counted
        on
            first_months.segment = counted.segment
            and months.month = counted.month
    cross join settings

),

final as (

    select
        month,
        segment,
        respondents,
        promoters,
        cast(respondents - promoters - detractors as bigint) as passives,
        detractors,
        cast(100 * (promoters - detractors) / nullif(cast(respondents as double), 0) as double) as nps,
        cast({{ nps_bound('promoters', 'detractors', 'respondents', 'added_responses', 'interval_z', '-') }} as double)
            as nps_lower,
        cast({{ nps_bound('promoters', 'detractors', 'respondents', 'added_responses', 'interval_z', '+') }} as double)
            as nps_upper,
        case when respondents < needs_responses then 'too few' else 'measured' end as nps_finding,
        asked_before,
        first_measured,
        converted,
        kept,
        lost,
        cast(100 * converted / nullif(cast(asked_before as double), 0) as double) as created_per_100,
        cast(100 * {{ wilson_lower('converted', 'asked_before', 'interval_z') }} as double) as created_per_100_lower,
        cast(100 * {{ wilson_upper('converted', 'asked_before', 'interval_z') }} as double) as created_per_100_upper,
        case when asked_before < needs_responses then 'too few' else 'measured' end as created_finding
    from with_months

)

select * from final
