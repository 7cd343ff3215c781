-- stg_sfo_survey__changes: one row per passenger of whom a questionnaire says something else than when the last build
-- finished, with the day of its interview.
with

score_window as (

    select * from {{ ref('stg_control__score_window') }}

),

questionnaires as (

    select * from {{ ref('stg_sfo_survey__questionnaires') }}
    where reason is null

),

changes as (

    select
        {{ sfo_respondent('questionnaires') }} as customer_id,
        questionnaires.dated_on as changed_on
    from questionnaires
    inner join score_window
        on
            questionnaires._load_id > coalesce(score_window.built_load_id, 0)
            or questionnaires.superseded_by_load_id > score_window.built_load_id
            or questionnaires.dated_on > score_window.built_as_of

)

select * from changes
