{# A **Key**: no two rows share it, and no part of it is null but those in `nullable`, where null is a value like others.
   Rows are counted by a hash of the key first: a key of several texts, of a hundred million rows, would not fit into memory. #}
{% test unique_combination(model, columns, nullable=[]) %}

with

suspects as (

    select {{ row_hash(columns) }} as key_hash
    from {{ model }}
    group by {{ row_hash(columns) }}
    having
        count(*) > 1
        {%- for column in columns if column not in nullable %}
        or bool_or({{ column }} is null)
        {%- endfor %}

)

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
where {{ row_hash(columns) }} in (select suspects.key_hash from suspects)
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
