{# Which contact a message belongs to: the customer's of that day about that matter; commendations are a matter of their own.
   Apart from the model, because the hash of all of history costs more than all else that a reader of a few rows does. #}
{% macro contact_id() -%}
    md5(
        concat_ws(
            chr(31),
            cast(occurred_on as string),
            case when is_commendation then 'commendation' else 'other' end,
            case
                when issue_id is not null then 'issue'
                when issue_category is not null then 'category'
                else 'nature'
            end,
            coalesce(issue_id, issue_category, nature),
            customer_id
        )
    )
{%- endmacro %}
