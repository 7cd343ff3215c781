-- validation_cases: one row per outcome, comparison, horizon and customer whom the outcome concerns: whether it came
-- within the horizon after their landmark day, and what was known on that day.
with

landmarks as (

    select * from {{ ref('validation_landmarks') }}

),

outcome_directions as (

    select * from {{ ref('outcome_directions') }}

),

reached as (

    select
        landmarks.horizon_days,
        landmarks.customer_id,
        outcomes.outcome
    from {{ ref('outcomes') }} as outcomes
    inner join landmarks
        on
            outcomes.customer_id = landmarks.customer_id
            and outcomes.occurred_at >= landmarks.landmark_on + 1
            and outcomes.occurred_at < landmarks.landmark_on + landmarks.horizon_days + 1

    union distinct

    select
        landmarks.horizon_days,
        landmarks.customer_id,
        'grievance_contact' as outcome
    from {{ ref('interactions') }} as interactions
    inner join landmarks
        on
            interactions.customer_id = landmarks.customer_id
            and interactions.occurred_at >= landmarks.landmark_on + 1
            and interactions.occurred_at < landmarks.landmark_on + landmarks.horizon_days + 1
    where
        interactions.direction = 'inbound'
        and interactions.nature = 'grievance'

),

-- What happened to nobody is not asked about. What nobody gave a direction is compared with all others.
questions as (

    select
        happened.outcome,
        coalesce(outcome_directions.versus, 'others') as versus,
        outcome_directions.segment,
        outcome_directions.is_desired
    from (select distinct outcome from reached) as happened
    left join outcome_directions
        on happened.outcome = outcome_directions.outcome

),

final as (

    select
        questions.outcome,
        questions.versus,
        landmarks.horizon_days,
        landmarks.customer_id,
        landmarks.segment,
        {%- for predictor in predictor_names() %}
        landmarks.{{ predictor }},
        {%- endfor %}
        questions.is_desired,
        came.outcome is not null as is_event,
        landmarks.landmark_on
    from landmarks
    inner join questions
        on landmarks.segment = coalesce(questions.segment, landmarks.segment)
    left join reached as came
        on
            landmarks.horizon_days = came.horizon_days
            and landmarks.customer_id = came.customer_id
            and questions.outcome = came.outcome
    left join reached as came_instead
        on
            landmarks.horizon_days = came_instead.horizon_days
            and landmarks.customer_id = came_instead.customer_id
            and questions.versus = came_instead.outcome
    where
        questions.versus = 'others'
        or came.outcome is not null
        or came_instead.outcome is not null

)

select * from final
