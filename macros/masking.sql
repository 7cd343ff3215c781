{# What of a text could find or rob a person is masked before anything downstream reads it: e-mail addresses, phone numbers,
   card numbers, account numbers. Raw keeps what it was given. #}

{# What is masked: pattern and what takes its place, one after the other. Numbers that say what they are, such as an order or a
   ticket, stay: a mark before their digits hides them, and is taken away at the end. #}
{% macro masks() -%}
    {%- set extension = '(?:[ ,]*(?:ext\\.?|extension|x) ?[0-9]{1,6})?' -%}
    {%- set letters = '[\\p{L}\\p{M}\\p{N}' -%}
    {{ return([
        (letters ~ "._%+-]+@" ~ letters ~ "-]+(?:\\." ~ letters ~ "-]+)+", '[email]'),
        (
            '\\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){0,2}(?: ?[0-9]){9,26}(?: ?[A-Z0-9]*[0-9][A-Z0-9]*){0,3}\\b',
            '[account]'
        ),
        (
            '(?i)\\b((?:order|ticket|case|invoice|tracking|reference|confirmation|ref)(?: (?:number|no|id))?[ .:#]*|#)'
            ~ '([0-9]{6,12})\\b',
            '\\1' ~ mask_mark() ~ '\\2'
        ),
        (
            '(?i)\\b((?:account|acct|routing|sort code)\\.?(?: (?:number|no|nr|num|is))*[ .:#]*)'
            ~ '[0-9](?:[ -]?[0-9]){5,19}\\b',
            '\\1[account]'
        ),
        (
            '\\b(?:[0-9]{13,19}|[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,4}(?:[ -]?[0-9]{3})?'
            ~ '|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5})\\b',
            '[card]'
        ),
        ('(?i)(?:\\+|\\b00)[1-9](?:[ ().-]{0,3}[0-9]){7,14}' ~ extension, '[phone]'),
        (
            '(?i)(?:\\b1[ .-]?)?(?:\\([0-9]{3}\\)[ .-]?|\\b[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}\\b' ~ extension,
            '[phone]'
        ),
        ('(?i)\\b1?[2-9][0-9]{2}[2-9][0-9]{6}\\b' ~ extension, '[phone]'),
        ('(?i)\\b0[1-9][0-9]{1,3}[ /-]?[0-9]{3,4}[ -]?[0-9]{3,6}\\b' ~ extension, '[phone]'),
        (
            '(?i)\\b((?:call|phone|tel|cell|mobile|text|fax|number|reach)\\.?(?: (?:me|us|is|at|on))*[ :]*)'
            ~ '[0-9]{3}[ .-][0-9]{4}\\b' ~ extension,
            '\\1[phone]'
        ),
    ]) }}
{%- endmacro %}

{# Of a character that no message has, and one that makes a digit after it no beginning of a number. #}
{% macro mask_mark() -%} {{ '\x01_' }} {%- endmacro %}

{# A text in which what must not be read is masked. Few have six digits near each other, or an @: to look first is quicker. #}
{% macro masked(text) -%}
    {%- set expression = namespace(sql=text) -%}
    {%- for pattern, replacement in masks() -%}
        {%- set expression.sql = any_replaced(expression.sql, pattern, replacement) -%}
    {%- endfor -%}
    case
        when contains({{ text }}, '@') or {{ matches(text, '[0-9](?:[^0-9]{0,4}[0-9]){5}') }}
            then replace({{ expression.sql }}, chr(1) || '_', '')
        else {{ text }}
    end
{%- endmacro %}
