{# Whether a number ranks those who had an outcome before those who had not (docs/validation.md). #}

{# What is compared: the score, the points of each factor, and the plain counts that the score must beat. #}
{% macro predictor_names() -%}
    {%- set names = ['score'] -%}
    {%- for factor in factor_names() -%} {%- do names.append(factor ~ '_points') -%} {%- endfor -%}
    {{ return(names + ['contacts', 'contacts_lately', 'days_since_contact']) }}
{%- endmacro %}

{# CTEs that end in `delong`: per group the area under the ROC curve of `predicted_by`, that of `reference_value` on the same
   customers, and the standard errors of the first and of their difference (DeLong, DeLong and Clarke-Pearson 1988).
   By midranks, as Sun and Xu (2014) do it: whoever has an outcome is placed among those who had not, and the other way
   round. Customers who agree in both values are counted once, so the windows run over distinct values and not over
   customers. A place is doubled, which makes a midrank a whole number: sums of places and of their squares are exact, in
   whatever order they are added up.
   Reads the CTE `observations`: the group's columns, is_event, and two whole numbers, higher where the event is expected. #}
{% macro delong(group_columns) -%}
{%- set columns = group_columns | join(',\n        ') -%}
{%- set listed = group_columns | join(', ') -%}
{%- set sides = ['predicted_by', 'reference_value'] -%}
pairs as (

    select
        {{ columns }},
        predicted_by,
        reference_value,
        count(case when is_event then 1 end) as events,
        count(case when not is_event then 1 end) as others
    from observations
    group by {{ listed }}, predicted_by, reference_value

),
{% for side in sides %}
{{ side }}_counts as (

    select
        {{ columns }},
        {{ side }},
        sum({{ whole_number('events') }}) as events,
        sum({{ whole_number('others') }}) as others
    from pairs
    group by {{ listed }}, {{ side }}

),

{{ side }}_places as (

    select
        {{ columns }},
        {{ side }},
        -- Twice the others below, and those who tie.
        2 * sum(others) over (partition by {{ listed }} order by {{ side }} rows unbounded preceding)
        - others as event_place,
        -- Twice the events above, and those that tie.
        2 * sum(events) over (partition by {{ listed }} order by {{ side }} desc rows unbounded preceding)
        - events as other_place
    from {{ side }}_counts

),
{% endfor %}
placed as (

    select
        {% for column in group_columns -%} pairs.{{ column }},
        {% endfor -%}
        pairs.events,
        pairs.others,
        predicted_by_places.event_place,
        predicted_by_places.other_place,
        predicted_by_places.event_place - reference_value_places.event_place as event_shift,
        predicted_by_places.other_place - reference_value_places.other_place as other_shift
    from pairs
    {#- Left joins, though every pair has its places: engines keep them in this order, and the two places of a group are
       never joined with each other, each value with each. #}
    {%- for side in sides %}
    left join {{ side }}_places
        on
            pairs.{{ side }} = {{ side }}_places.{{ side }}
            {%- for column in group_columns %}
            and pairs.{{ column }} = {{ side }}_places.{{ column }}
            {%- endfor %}
    {%- endfor %}

),

summed as (

    select
        {{ columns }},
        sum({{ whole_number('events') }}) as events,
        sum({{ whole_number('others') }}) as others,
        {%- for kind in ['event', 'other'] %}
        {%- for amount in ['place', 'shift'] %}
        sum({{ kind }}s * {{ kind }}_{{ amount }}) as {{ kind }}_{{ amount }}s,
        sum({{ kind }}s * {{ kind }}_{{ amount }} * {{ kind }}_{{ amount }}) as {{ kind }}_{{ amount }}_squares
        {{- ',' if not loop.last }}
        {%- endfor %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from placed
    group by {{ listed }}

),

delong as (

    select
        {{ columns }},
        events + others as n,
        events as positives,
        cast(event_places as double) / nullif(2 * cast(events as double) * cast(others as double), 0) as auc,
        sqrt({{ delong_variance('place') }}) as standard_error,
        cast(event_shifts as double) / nullif(2 * cast(events as double) * cast(others as double), 0) as difference,
        sqrt({{ delong_variance('shift') }}) as difference_standard_error
    from summed

)
{%- endmacro %}

{# A count of which squares of sums are no overflow. #}
{% macro whole_number(count) -%} {{ return(adapter.dispatch('whole_number', 'rapport')(count)) }} {%- endmacro %}

{# A sum has 128 bits. #}
{% macro default__whole_number(count) -%} {{ count }} {%- endmacro %}

{% macro spark__whole_number(count) -%} cast({{ count }} as decimal(38, 0)) {%- endmacro %}

{# The variance of the mean place of events, and that of others. Null with fewer than two of either. #}
{% macro delong_variance(amount) -%}
    {%- for kind, opposite in [('event', 'other'), ('other', 'event')] %}
        cast({{ kind }}s * {{ kind }}_{{ amount }}_squares - {{ kind }}_{{ amount }}s * {{ kind }}_{{ amount }}s as double)
        / nullif(4 * power(cast({{ kind }}s as double), 2) * power(cast({{ opposite }}s as double), 2), 0)
        / nullif(cast({{ kind }}s as double) - 1, 0)
        {{ '+' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# An estimate's interval: an end of it, and what it says about a bound. #}
{% macro verdict_of(lower, upper, bound, above, below, neither) -%}
    case
        when {{ lower }} > {{ bound }} then '{{ above }}'
        when {{ upper }} < {{ bound }} then '{{ below }}'
        else '{{ neither }}'
    end
{%- endmacro %}
