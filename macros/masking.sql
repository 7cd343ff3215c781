{# What must not leave staging in a text: addresses, telephone, card and account numbers. What looks like one is masked, also
   where it is none (an order number of ten digits): a mask too many costs a word, one too few a person's privacy. #}
{% macro masked(text) -%} {{ return(adapter.dispatch('masked', 'rapport')(text)) }} {%- endmacro %}

{# The first that finds something takes it: a card's number is no telephone number any more. #}
{% macro default__masked(text) -%}
    {%- set extension = '(?:,? ?(?:x|ext\\.?|extension) ?\\d{1,5}\\b)?' -%}
    {%- set account_words = 'account|acct|a/c|routing|sort code|iban|ssn|social security' -%}
    {%- set patterns = [
        ('[\\p{L}\\p{N}._%+-]+@[\\p{L}\\p{N}-]+(?:\\.[\\p{L}\\p{N}-]+)+', '[email]', 'gi'),
        (
            '\\b((?:' ~ account_words ~ ')(?: (?:number|no|nr|code))?[.:#]?(?: is)?[ :#]*)[A-Z]{0,2}\\d[\\d -]{3,}\\d\\b',
            '\\1[account]',
            'gi'
        ),
        ('\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4})?(?: ?\\d{4}){2,6}(?: ?[A-Z0-9]{1,4})?\\b', '[account]', 'g'),
        ('\\b\\d(?:[ -]?\\d){12,18}\\b', '[card]', 'gi'),
        ('(?:\\+|\\b00)\\d{1,3}[ ./-]?(?:\\(\\d{1,4}\\)[ ./-]?)?\\d(?:[ ./-]?\\d){5,12}\\b' ~ extension, '[phone]', 'gi'),
        ('(?:(?:\\b1[ .-]?)?\\(\\d{3}\\) ?|\\b(?:1[ .-]?)?\\d{3}[ .-]?)\\d{3}[ .-]?\\d{4}\\b' ~ extension, '[phone]', 'gi'),
        ('(?:\\(0\\d{2,4}\\) ?|\\b0\\d{2,4}[ /-])\\d{3,4}(?:[ -]?\\d{2,4}){1,2}\\b' ~ extension, '[phone]', 'gi'),
        ('\\b\\d{3}[.-]\\d{4}\\b' ~ extension, '[phone]', 'gi'),
    ] -%}
    {%- set chain = namespace(text=text) -%}
    {%- for pattern, mask, flags in patterns -%}
        {%- set chain.text = "regexp_replace(" ~ chain.text ~ ", '" ~ pattern ~ "', '" ~ mask ~ "', '" ~ flags ~ "')" -%}
    {%- endfor -%}
    {#- Few texts have any; to look first is quicker. -#}
    case
        when regexp_matches({{ text }}, '@|(?:\d[ ().+/-]{0,3}){5}\d|[A-Z]{2}\d\d') then {{ chain.text }}
        else {{ text }}
    end
{%- endmacro %}
