{# Work on very many customers, a part of them at a time, so that it needs no more memory for more of them. A model's SQL
   gives the rows of the batch that a variable of the session names; hooks set it, and insert the others by the same SQL in
   the same transaction. Who reads the model's views finds the variable unset, and all rows. #}

{% macro is_of_this_batch(batch) -%} {{ return(adapter.dispatch('is_of_this_batch', 'rapport')(batch)) }} {%- endmacro %}

{% macro default__is_of_this_batch(batch) -%} coalesce({{ batch }} = getvariable('batch'), true) {%- endmacro %}

{% macro use_batch(batch) -%} {{ return(adapter.dispatch('use_batch', 'rapport')(batch)) }} {%- endmacro %}

{% macro default__use_batch(batch) -%} set variable batch = {{ batch }} {%- endmacro %}

{% macro use_all_batches() -%} {{ return(adapter.dispatch('use_all_batches', 'rapport')()) }} {%- endmacro %}

{% macro default__use_all_batches() -%} reset variable batch {%- endmacro %}

{# Before a model: its own SQL gives the first batch. #}
{% macro begin_batches() -%} {{ use_batch(0) }} {%- endmacro %}

{# After it: the others, as far as the model `source` numbers them. #}
{% macro insert_other_batches(source) -%}
    {%- set last = execute and run_query('select max(batch) from ' ~ ref(source)).columns[0].values()[0] or 0 -%}
    {%- set columns = get_quoted_csv(adapter.get_columns_in_relation(this) | map(attribute='name')) -%}
    {%- for batch in range(1, last + 1) %}
    {{ use_batch(batch) }};
    insert into {{ this }} ({{ columns }})
    select {{ columns }} from ({{ model['compiled_code'] }});
    {%- endfor %}
    {{ use_all_batches() }}
{%- endmacro %}
