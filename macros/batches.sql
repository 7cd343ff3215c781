{# Work on very many customers, some of them at a time, so that more of them need no more memory. A model's SQL gives the
   rows of one batch, which two variables of the session name; hooks set them, and insert the other batches by the same SQL
   in the same transaction. Who reads the views of such a model finds the variables unset, and all rows. #}

{# Before a model: how many batches there are, from the rows of the model `source`, and that its own SQL gives the first. #}
{% macro begin_batches(source, customers_per_batch) -%}
    {{ return(adapter.dispatch('begin_batches', 'rapport')(source, customers_per_batch)) }}
{%- endmacro %}

{% macro default__begin_batches(source, customers_per_batch) -%}
    set variable batches = (select 1 + count(*) // {{ customers_per_batch }} from {{ ref(source) }});
    set variable batch = 0
{%- endmacro %}

{# After it: the others. #}
{% macro insert_other_batches() -%} {{ return(adapter.dispatch('insert_other_batches', 'rapport')()) }} {%- endmacro %}

{% macro default__insert_other_batches() -%}
    {%- if execute -%}
    {%- set batches = run_query("select getvariable('batches')").columns[0].values()[0] | int -%}
    {%- set rows = '(' ~ model['compiled_code'] ~ ') as batch_rows' -%}
    {%- set columns = adapter.get_columns_in_relation(this) -%}
    {%- for batch in range(1, batches) %}
    set variable batch = {{ batch }};
    {{ insert_rows({'target_relation': this, 'temp_relation': rows, 'dest_columns': columns}) }};
    {%- endfor %}
    reset variable batch
    {%- endif -%}
{%- endmacro %}

{# Whether a customer is one of the batch. #}
{% macro is_of_this_batch(customer_id) -%} {{ return(adapter.dispatch('is_of_this_batch', 'rapport')(customer_id)) }} {%- endmacro %}

{% macro default__is_of_this_batch(customer_id) -%}
    coalesce({{ row_hash([customer_id]) }} % getvariable('batches') = getvariable('batch'), true)
{%- endmacro %}

{# Spark works on partitions, and spills what does not fit into memory: all customers are one batch. #}
{% macro spark__begin_batches(source, customers_per_batch) -%} {%- endmacro %}

{% macro spark__insert_other_batches() -%} {%- endmacro %}

{% macro spark__is_of_this_batch(customer_id) -%} true {%- endmacro %}
