-- customer_alerts: one row per customer, alert and spell of days on which its condition holds, with what and why in
-- words.
with

alert_settings as (

    select * from {{ ref('alert_settings') }}

),

score_alert_spells as (

    select * from {{ ref('score_alert_spells') }}
    where is_raised

),

issue_silences as (

    select * from {{ ref('issue_silences') }}

),

issues as (

    select * from {{ ref('issues') }}

),

customer_segments as (

    select * from {{ ref('customer_segments') }}

),

as_of as (

    select max(score_date) as as_of
    from {{ ref('scoring_days') }}

),

score_alerts as (

    select
        spells.customer_id,
        spells.alert,
        'score' as subject,
        spells.segment,
        spells.property_id,
        case spells.alert
            when 'score_fall'
                then
                    'Score fell by ' || cast(spells.score_before - spells.score as string) || ' points in '
                    || cast(alert_settings.days as string) || ' days'
            else 'Score came down to ' || alert_settings.band || ': ' || cast(spells.score as string)
        end as what,
        cast(spells.score_before as string)
        || case when spells.segment <> spells.segment_before then ' as a ' || spells.segment_before else '' end
        || ' on ' || cast(spells.before_on as string) || ', ' || cast(spells.score as string)
        || case when spells.segment <> spells.segment_before then ' as a ' || spells.segment else '' end
        || ' on ' || cast(spells.began_on as string)
        || {{ losses_in_words() }} as why,
        alert_settings.rule_version,
        spells.score,
        spells.score_before,
        cast(spells.score - spells.score_before as decimal(5, 2)) as score_change,
        {%- for factor in factor_names() %}
        spells.{{ factor }}_change,
        {%- endfor %}
        cast(null as integer) as days_open,
        cast(null as integer) as days_silent,
        spells.began_on as raised_on,
        spells.ended_on as cleared_on
    from score_alert_spells as spells
    inner join alert_settings
        on spells.alert = alert_settings.alert

),

-- An issue reaches its limit by nothing but time.
long_silences as (

    select
        issue_silences.*,
        alert_settings.alert,
        alert_settings.rule_version,
        cast(issue_silences.silent_from + alert_settings.days + 1 as date) as raised_on
    from issue_silences
    inner join alert_settings
        on alert_settings.alert = 'issue_open_too_long'
    cross join as_of
    where
        issue_silences.silent_from + alert_settings.days
        < coalesce(issue_silences.silent_before - 1, as_of.as_of)

),

issue_alerts as (

    select
        silences.customer_id,
        silences.alert,
        silences.issue_id as subject,
        customer_segments.segment,
        customer_segments.property_id,
        'Issue ' || silences.issue_id || coalesce(' (' || issues.issue_category || ')', '') || ' has been open for '
        || cast({{ days_between('issues.opened_on', 'silences.raised_on') }} as string) || ' days'
        || case
            when silences.silent_from > issues.opened_on
                then
                    ', the last ' || cast({{ days_between('silences.silent_from', 'silences.raised_on') }} as string)
                    || ' of them'
            else ''
        end
        || ' without a contact about it' as what,
        'Opened on ' || cast(issues.opened_on as string)
        || case
            when silences.silent_from > issues.opened_on
                then ', last contact about it on ' || cast(silences.silent_from as string)
            else ', no contact about it since'
        end
        || ', not resolved by ' || cast(silences.raised_on as string)
        || ': ask the source whether it is really still open' as why,
        silences.rule_version,
        cast({{ days_between('issues.opened_on', 'silences.raised_on') }} as integer) as days_open,
        cast({{ days_between('silences.silent_from', 'silences.raised_on') }} as integer) as days_silent,
        silences.raised_on,
        silences.silent_before as cleared_on
    from long_silences as silences
    inner join issues
        on silences.issue_id = issues.issue_id
    left join customer_segments
        on
            silences.customer_id = customer_segments.customer_id
            and silences.raised_on >= customer_segments.started_on
            and silences.raised_on < coalesce(customer_segments.ended_on, silences.raised_on + 1)

),

alerts as (

    select * from score_alerts

    union all

    select
        customer_id,
        alert,
        subject,
        segment,
        property_id,
        what,
        why,
        rule_version,
        cast(null as decimal(5, 2)) as score,
        cast(null as decimal(5, 2)) as score_before,
        cast(null as decimal(5, 2)) as score_change,
        {%- for factor in factor_names() %}
        cast(null as decimal(5, 2)) as {{ factor }}_change,
        {%- endfor %}
        days_open,
        days_silent,
        raised_on,
        cleared_on
    from issue_alerts

),

final as (

    select
        md5(customer_id || chr(31) || alert || chr(31) || subject || chr(31) || cast(raised_on as string)) as alert_id,
        customer_id,
        alert,
        subject,
        segment,
        property_id,
        what,
        why,
        rule_version,
        score,
        score_before,
        score_change,
        {%- for factor in factor_names() %}
        {{ factor }}_change,
        {%- endfor %}
        days_open,
        days_silent,
        cleared_on is null as is_open,
        raised_on,
        cleared_on
    from alerts

)

select * from final
