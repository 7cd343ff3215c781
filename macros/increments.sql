{# How incremental models take in what is new. Each strategy deletes what the rows of this build replace, and inserts them:
   also what an unfinished build left behind, so that a killed one is simply repeated. The models derive the rows by the same
   SQL as a rebuild. #}

{# At the head of a model with one of these strategies: what increments of it read. Said while dbt parses and not later, so
   that unit tests need not give it. #}
{% macro catches_up(models=['touched_customers', 'stg_control__score_window']) -%}
    {%- if not execute -%}
        {%- for model_name in models -%} {%- do ref(model_name) -%} {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The config of a table that grows by score dates: the named strategy, or partitions of which a build replaces those of its
   new days. #}
{% macro by_score_date(strategy) -%} {{ return(adapter.dispatch('by_score_date', 'rapport')(strategy)) }} {%- endmacro %}

{% macro default__by_score_date(strategy) -%} {{ return({'incremental_strategy': strategy}) }} {%- endmacro %}

{% macro spark__by_score_date(strategy) -%}
    {{ return({
        'incremental_strategy': 'append',
        'partition_by': 'score_date',
        'pre_hook': '{{ drop_new_days() }}',
    }) }}
{%- endmacro %}

{# Whether a day that is scored already changes row by row, and not as a whole. #}
{% macro changes_rows() -%} {{ return(is_incremental() and not replaces_days()) }} {%- endmacro %}

{% macro replaces_days() -%} {{ return(adapter.dispatch('replaces_days', 'rapport')()) }} {%- endmacro %}

{% macro default__replaces_days() -%} {{ return(false) }} {%- endmacro %}

{% macro spark__replaces_days() -%} {{ return(true) }} {%- endmacro %}

{# The last day that is scored already and stays so: where days are replaced as a whole, none on which anybody changed does. #}
{% macro last_day_that_stays(built_as_of) -%}
    {%- if replaces_days() -%}
    least({{ built_as_of }}, (select min(changed_from) - 1 from {{ ref('touched_customers') }}))
    {%- else -%}
    {{ built_as_of }}
    {%- endif -%}
{%- endmacro %}

{# The partitions of this build's new days: with those on which nobody is left, which an overwrite would not reach. #}
{% macro drop_new_days() -%}
    {%- if execute and is_incremental() -%}
    {%- set stored_days -%}
    select distinct stored.score_date
    from {{ this }} as stored
    inner join {{ ref('new_days') }} as new_days
        on stored.score_date = new_days.score_date
    {%- endset -%}
    {%- set days = run_query(stored_days).columns[0].values() -%}
    {%- if days %}
    alter table {{ this }} drop if exists
    {%- for day in days %} partition (score_date = '{{ day }}') {{- ',' if not loop.last }}{% endfor -%}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Raw rows, settled: those of the copies_keys that were settled anew. #}
{% macro get_incremental_copies_sql(arguments) %}
    {%- set target, source = arguments['target_relation'], arguments['temp_relation'] -%}
    {%- set built_load_id -%}
        (select coalesce(max(built_load_id), 0) from {{ ref('stg_control__score_window') }})
    {%- endset -%}
    delete from {{ target }} where _load_id > {{ built_load_id }};
    delete from {{ target }}
    where copies_key in (select copies_key from {{ source }} where _load_id <= {{ built_load_id }});
    {{ insert_rows(arguments) }}
{% endmacro %}

{# Touched customers: their rows from the earliest day that changed on. meta.by: customer_id if
   left out. meta.day: that day of a row {}; without one all of their rows. #}
{% macro get_incremental_touched_sql(arguments) %}
    {%- set target = arguments['target_relation'] -%}
    {%- set settings = config.get('meta', {}) -%}
    delete from {{ target }} as kept
    using {{ ref('touched_customers') }} as touched_customers
    where
        {%- if settings.get('by') %}
        kept.{{ settings['by'] }} = touched_customers.{{ settings['by'] }}
        {%- else %}
        kept.customer_id = touched_customers.customer_id
        {%- endif %}
        {%- if settings.get('day') %}
        and {{ settings['day'] | replace('{}', 'kept') }} >= touched_customers.changed_from
        {%- endif %};
    {{ insert_rows(arguments) }}
{% endmacro %}

{# Scores: those of new days, and those of touched customers on the days that are scored already; what that changes in the
   counts of scores, and in the sums of properties, is written down in the same transaction. #}
{% macro get_incremental_rescored_sql(arguments) %}
    {%- set target, source = arguments['target_relation'], arguments['temp_relation'] -%}
    {%- set new_days -%} (select score_date from {{ ref('new_days') }}) {%- endset -%}
    delete from {{ ref('score_count_changes') }} where score_date in {{ new_days }};
    delete from {{ ref('property_score_changes') }} where score_date in {{ new_days }};
    delete from {{ target }} where score_date in {{ new_days }};
    {%- for least, most in lateness() %}
    {%- set late_scores %}
    {{ target }} as kept
    inner join {{ customers_late_by(least, most) }} as late_customers
        on
            kept.customer_id = late_customers.customer_id
            and kept.score_date >= late_customers.changed_from
    {%- endset %}
    {{ note_changed_scores(-1, late_scores) }}
    delete from {{ target }} as kept
    using {{ customers_late_by(least, most) }} as late_customers
    where
        kept.customer_id = late_customers.customer_id
        and kept.score_date >= late_customers.changed_from;
    {%- endfor %}
    {{ note_changed_scores(1, '(select * from ' ~ source ~ ' where score_date not in ' ~ new_days ~ ') as kept') }}
    drop table changed_scores;
    {{ insert_rows(arguments) }}
{% endmacro %}

{# Scores that go (-1) or come (1), for each of those who count them: a table to empty of their own, so that either may be
   killed without the other. History is searched once for both. #}
{% macro note_changed_scores(sign, scores) -%}
    create or replace temporary table changed_scores as
    select
        kept.score_date,
        kept.segment,
        kept.score,
        kept.property_id,
        score_bands.band,
        grouping(kept.score) as is_of_a_property,
        {{ sign }} * count(*) as customers,
        {{ sign }} * sum(kept.score) as score_sum,
        {{ sign }} * sum(kept.score * kept.score) as score_squares
    from {{ scores }}
    inner join {{ score_bands() }} as score_bands
        on {{ lies_in_band('kept.score') }}
    group by grouping sets (
        (kept.score_date, kept.segment, kept.score),
        (kept.score_date, kept.segment, kept.property_id, score_bands.band)
    );
    insert into {{ ref('score_count_changes') }} (score_date, segment, score, customers)
    select score_date, segment, score, customers
    from changed_scores
    where is_of_a_property = 0;
    insert into {{ ref('property_score_changes') }}
        (score_date, segment, property_id, band, customers, score_sum, score_squares)
    select score_date, segment, property_id, band, customers, score_sum, score_squares
    from changed_scores
    where is_of_a_property = 1;
{%- endmacro %}

{# Customers by how many scored days back they changed: from, to. What history is searched for them is searched for each
   group by itself, from its own earliest day on: a few who changed long ago do not make all others be looked for in all of
   history. #}
{% macro lateness() -%} {{ return([(0, 7), (8, none)]) }} {%- endmacro %}

{% macro customers_late_by(least, most) -%}
    (
        select customer_id, customer_key, changed_from
        from {{ ref('touched_customers') }}
        where scored_days >= {{ least }}{{ ' and scored_days <= ' ~ most if most }}
    )
{%- endmacro %}

{# The rows of touched customers, from the earliest day that changed on; of everybody in a rebuild. day: a column. #}
{% macro touched_rows(relation, day, on='customer_id') -%}
    {%- if is_incremental() -%}
    {%- for least, most in lateness() %}
    select rows_of_all.*
    from {{ relation }} as rows_of_all
    inner join {{ customers_late_by(least, most) }} as touched_customers
        on
            rows_of_all.{{ on }} = touched_customers.{{ on }}
            and rows_of_all.{{ day }} >= touched_customers.changed_from
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- else -%}
    select * from {{ relation }}
    {%- endif -%}
{%- endmacro %}

{# Counts and sums of scores: those of new days, and of days on which they changed. meta.changes: the table that says how. #}
{% macro get_incremental_recounted_sql(arguments) %}
    {%- set target, changes = arguments['target_relation'], ref(config.get('meta', {})['changes']) -%}
    delete from {{ target }}
    where
        score_date in (select score_date from {{ ref('new_days') }})
        or score_date in (select score_date from {{ changes }});
    {{ insert_rows(arguments) }};
    delete from {{ changes }};
{% endmacro %}

{# Windows around the starts of initiatives: those in which something changed, and those of starts that are none any longer. #}
{% macro get_incremental_remeasured_sql(arguments) %}
    {%- set target = arguments['target_relation'] -%}
    delete from {{ target }}
    where
        started_on in (select started_on from {{ ref('initiative_starts') }} where is_touched)
        or started_on not in (select started_on from {{ ref('initiative_starts') }} where is_complete);
    {{ insert_rows(arguments) }}
{% endmacro %}

{% macro insert_rows(arguments) -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}

{# A join that leaves of a relation the rows of touched customers; with a day only those from the earliest day that changed
   on. A rebuild touches everybody. #}
{% macro only_touched(relation, day=none, on='customer_id') -%}
    {%- if is_incremental() -%}
    inner join {{ ref('touched_customers') }} as touched_customers
        on
            {{ relation }}.{{ on }} = touched_customers.{{ on }}
            {%- if day %}
            and {{ day }} >= touched_customers.changed_from
            {%- endif %}
    {%- endif -%}
{%- endmacro %}

{# A join that leaves of a relation the days that no finished build has scored; a rebuild scores all. #}
{% macro only_new_days(relation) -%}
    {%- if is_incremental() -%}
    inner join {{ ref('new_days') }} as new_days
        on {{ relation }}.score_date = new_days.score_date
    {%- endif -%}
{%- endmacro %}

{# A number for some texts: history is searched by it, ten times as fast as by the texts. 64 bits of MD5, the same in every
   build; of ten million of them two share one with a probability of 3 in a million. #}
{% macro hashed(columns) -%} {{ return(adapter.dispatch('hashed', 'rapport')(columns)) }} {%- endmacro %}

{% macro default__hashed(columns) -%}
    md5_number_lower(
        {%- for column in columns -%}
        coalesce(cast({{ column }} as string), '') {{- " || chr(31) || " if not loop.last -}}
        {%- endfor -%}
    )
{%- endmacro %}

{# No unsigned numbers: of decimals the same digits. The eight bytes of the number come least first. #}
{% macro spark__hashed(columns) -%}
    cast(
        conv(
            regexp_replace(
                right(md5(concat_ws(
                    chr(31)
                    {%- for column in columns %}, coalesce(cast({{ column }} as string), ''){% endfor -%}
                )), 16),
                '(..)(..)(..)(..)(..)(..)(..)(..)', '$8$7$6$5$4$3$2$1'
            ), 16, 10
        ) as decimal(20, 0)
    )
{%- endmacro %}

{# A number for some columns that is never stored: quicker than `hashed`, and engines may change it. #}
{% macro row_hash(columns) -%} {{ return(adapter.dispatch('row_hash', 'rapport')(columns)) }} {%- endmacro %}

{% macro default__row_hash(columns) -%} hash({{ columns | join(', ') }}) {%- endmacro %}

{% macro spark__row_hash(columns) -%} xxhash64({{ columns | join(', ') }}) {%- endmacro %}

{# Statements: of every customer that statement_changes names, the lines from the day on that it says, and whatever an
   unfinished build wrote for days that no finished one has scored. #}
{% macro get_incremental_restated_sql(arguments) %}
    {%- set target = arguments['target_relation'] -%}
    delete from {{ target }} where statement_on in (select score_date from {{ ref('new_days') }});
    delete from {{ target }} as kept
    using {{ ref('statement_changes') }} as changes
    where
        kept.customer_key = changes.customer_key
        and kept.statement_on >= changes.changed_from;
    {{ insert_rows(arguments) }}
{% endmacro %}

{# The stored rows of a model that is built after this one, as the last build left them: a ref would close a circle. #}
{% macro stored(model_name) -%}
    {%- set node = (graph.nodes.values() | selectattr('unique_id', 'equalto', 'model.rapport.' ~ model_name) | list)[0] if execute else none -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) if node else model_name) }}
{%- endmacro %}

{# Rows in the order in which they are searched, so that engines which keep the least and the greatest value of every
   block of rows pass over most of them. Increments come in that order by themselves. #}
{% macro clustered_by(columns) -%} {{ return(adapter.dispatch('clustered_by', 'rapport')(columns)) }} {%- endmacro %}

{% macro default__clustered_by(columns) -%}
    {%- if not is_incremental() %} order by {{ columns }} {%- endif -%}
{%- endmacro %}

{# Partitions take the place of an order, and a sort of all rows would cost more than it saves. #}
{% macro spark__clustered_by(columns) -%} {%- endmacro %}

{# CTEs that end in `name`: the rows of a settled staging model that count now and did not when the last build finished, and
   those that a newer copy replaced, with is_counted and was_counted; but for keys of which the new copy says the same in all of `columns`.
   A replaced copy that came after the last build may have been counted by one that did not finish. Reads the CTE
   score_window. #}
{% macro news_of(name, model, key, columns) -%}
{%- set keys = key | join(', ') -%}
{%- set listed = (key + columns) | unique | list -%}
{{ name }}_came as (

    select
        kept.{{ listed | join(', kept.') }},
        true as is_counted,
        false as was_counted
    from {{ ref(model) }} as kept
    inner join score_window
        on kept._load_id > coalesce(score_window.built_load_id, 0)
    where kept.row_status = 'used'

    union all

    -- What has waited for its day.
    select
        kept.{{ listed | join(', kept.') }},
        true as is_counted,
        false as was_counted
    from {{ ref(model) }} as kept
    inner join score_window
        on
            kept.dated_on > score_window.built_as_of
            and kept._load_id <= score_window.built_load_id
    where kept.row_status = 'used'

),

{{ name }}_replaced as (

    select
        kept.{{ listed | join(', kept.') }},
        false as is_counted,
        kept._load_id <= score_window.built_load_id
        and coalesce(kept.dated_on <= score_window.built_as_of, true) as was_counted
    from {{ ref(model) }} as kept
    inner join score_window
        on kept.superseded_by_load_id > score_window.built_load_id
    -- A withdrawal that came after the last build may have taken effect in one that did not finish.
    where
        not kept.is_deleted
        or kept._load_id > score_window.built_load_id

),

{{ name }}_compared as (

    select
        came.{{ key | join(', came.') }}
    from {{ name }}_came as came
    inner join {{ name }}_replaced as replaced
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}came.{{ column }} = replaced.{{ column }}
            {%- endfor %}
    group by came.{{ key | join(', came.') }}
    having
        bool_and(replaced.was_counted)
        {%- for column in columns %}
        and bool_and(came.{{ column }} is not distinct from replaced.{{ column }})
        {%- endfor %}

),

{{ name }} as (

    select moved.*
    from (
        select * from {{ name }}_came
        union all
        select * from {{ name }}_replaced
    ) as moved
    left join {{ name }}_compared as compared
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}moved.{{ column }} = compared.{{ column }}
            {%- endfor %}
    where compared.{{ key[0] }} is null

)
{%- endmacro %}
