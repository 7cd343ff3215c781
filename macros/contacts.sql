{# Which contact a message belongs to: the customer's of that day about that matter; commendations are a matter of their own.
   Apart from the model, because the hash of all of history costs more than all else that a reader of a few rows does. #}
{% macro contact_id(messages) -%}
    md5(
        concat_ws(
            chr(31),
            cast({{ messages }}.occurred_on as varchar),
            case when {{ messages }}.is_commendation then 'commendation' else 'other' end,
            case
                when {{ messages }}.issue_id is not null then 'issue'
                when {{ messages }}.issue_category is not null then 'category'
                else 'nature'
            end,
            coalesce({{ messages }}.issue_id, {{ messages }}.issue_category, {{ messages }}.nature),
            {{ messages }}.customer_id
        )
    )
{%- endmacro %}
