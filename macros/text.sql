{# What a text says, by the seeds tone_terms, issue_categories and text_settings (docs/tone.md). scripts/training/twin.py says the
   same in Python, and a test compares them. #}

{# The words of a text, in lower case, as a list: runs of letters, marks and digits, with apostrophes inside; a pictograph is a
   word of its own. #}
{% macro text_words(text) -%} {{ return(adapter.dispatch('text_words', 'rapport')(text)) }} {%- endmacro %}

{% macro default__text_words(text) -%}
    regexp_extract_all(
        {{ with_emoticons_as_words('lower(' ~ text ~ ')') }},
        '[\p{L}\p{M}\p{N}]+(?:''[\p{L}\p{M}\p{N}]+)*|[\x{2300}-\x{23FF}\x{2600}-\x{27BF}\x{2B00}-\x{2BFF}\x{1F000}-\x{1F3FA}\x{1F400}-\x{1FAFF}]'
    )
{%- endmacro %}

{# Faces made of punctuation become words, and printers' apostrophes plain ones. Few texts have any; to look first is
   quicker. Of two that begin alike the longer one comes first. #}
{% macro with_emoticons_as_words(text) -%}
    {%- set emoticons = [
        (":''(", 'emoticonfrown'),
        (':-)', 'emoticonsmile'),
        (':-(', 'emoticonfrown'),
        (':-d', 'emoticonsmile'),
        (':-/', 'emoticonwry'),
        (';-)', 'emoticonsmile'),
        (':)', 'emoticonsmile'),
        (':(', 'emoticonfrown'),
        (':d', 'emoticonsmile'),
        (':/', 'emoticonwry'),
        (';)', 'emoticonsmile'),
        ('<3', 'emoticonheart'),
    ] -%}
    {%- set replaced = namespace(text="replace(replace(replace(" ~ text ~ ", '’', ''''), '‘', ''''), 'ʼ', '''')") -%}
    {%- for emoticon, word in emoticons -%}
        {%- set replaced.text = "replace(" ~ replaced.text ~ ", '" ~ emoticon ~ "', ' " ~ word ~ " ')" -%}
    {%- endfor -%}
    case
        when regexp_matches({{ text }}, '[’‘ʼ]|[:;][''-]?[()/d]|<3') then {{ replaced.text }}
        else {{ text }}
    end
{%- endmacro %}

{% macro term_kinds() -%}
    {{ return(['valence', 'neutral', 'intensifier', 'negator', 'contrast', 'grievance', 'request', 'commendation', 'inquiry']) }}
{%- endmacro %}

{# In the order in which one of equal ones is chosen. #}
{% macro natures_of_texts() -%}
    {{ return(['grievance', 'request', 'commendation', 'inquiry']) }}
{%- endmacro %}

{% macro text_setting_names() -%}
    {{ return([
        'text_characters',
        'text_words',
        'negation',
        'intensifier_fade',
        'contrast_before',
        'contrast_after',
        'exclamation',
        'length_words',
        'length_power',
        'neutral_base',
        'confidence_terms',
        'nature_grievance',
        'nature_request',
        'nature_commendation',
        'nature_inquiry',
        'nature_feeling',
        'category_least',
        'deciding_words',
    ]) }}
{%- endmacro %}

{# What a staging model of interactions says of its texts. #}
{% macro text_reading_columns() -%}
    {{ return(['text_nature', 'text_category', 'tone_words', 'text_tone', 'tone_confidence']) }}
{%- endmacro %}

{# Those columns of a kind of source without texts. #}
{% macro no_text_readings() -%}
    cast(null as varchar) as text_nature,
    cast(null as varchar) as text_category,
    cast(null as varchar) as tone_words,
    cast(null as double) as text_tone,
    cast(null as double) as tone_confidence
{%- endmacro %}

{# CTEs that end in `name`: the CTE `rows`, with what its bodies say where a row leaves something open. Each text is read
   once. #}
{% macro read_texts(rows, name) -%}
{%- set is_read -%}
    {{ rows }}.reason is null
            and {{ rows }}.direction = 'inbound'
            and ({{ rows }}.nature is null or {{ rows }}.sentiment is null or {{ rows }}.issue_category is null)
{%- endset -%}
texts as (

    select distinct
        {{ hashed(['body']) }} as text_key,
        body
    from {{ rows }}
    where
        body is not null
        and {{ is_read }}

),

{{ text_readings() }},

{{ name }} as (

    select
        {{ rows }}.*,
        text_readings.nature as text_nature,
        text_readings.issue_category as text_category,
        text_readings.tone_words,
        text_readings.tone as text_tone,
        text_readings.tone_confidence
    from {{ rows }}
    left join text_readings
        on
            {{ hashed([rows ~ '.body']) }} = text_readings.text_key
            and {{ is_read }}

)
{%- endmacro %}

{# CTEs that end in `text_readings`: one row per row of the CTE `texts` (text_key, body) whose body has words: its tone, how
   far it was understood, nature, category, and the words that decided. #}
{% macro text_readings() -%}
text_rules as (

    select
        {%- for setting in text_setting_names() %}
        max(case when setting = '{{ setting }}' then value end) as {{ setting }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('text_settings') }}

),

categories_of_terms as (

    select * from {{ ref('issue_categories') }}

),

term_weights as (

    select
        term,
        {%- for kind in term_kinds() %}
        max(case when kind = '{{ kind }}' then weight end) as {{ kind }},
        {%- endfor %}
        false as has_category
    from {{ ref('tone_terms') }}
    group by term

    union all

    select
        term,
        {%- for kind in term_kinds() %}
        cast(null as double) as {{ kind }},
        {%- endfor %}
        true as has_category
    from categories_of_terms

),

terms as (

    select
        term,
        split_part(term, ' ', 1) as first_word,
        nullif(split_part(term, ' ', 2), '') as second_word,
        {%- for kind in term_kinds() %}
        max({{ kind }}) as {{ kind }},
        {%- endfor %}
        bool_or(has_category) as has_category
    from term_weights
    group by term

),

pairs as (

    select * from terms
    where second_word is not null

),

-- The words that say something, alone or as the first of a pair.
vocabulary as (

    select
        first_word as word,
        {%- for kind in term_kinds() %}
        max(case when second_word is null then {{ kind }} end) as {{ kind }},
        {%- endfor %}
        bool_or(second_word is null) as is_term,
        bool_or(second_word is null and has_category) as has_category,
        bool_or(second_word is not null) as starts_pair
    from terms
    group by first_word

),

modifiers as (

    select
        word,
        coalesce(intensifier, 0) as intensifier,
        coalesce(negator, 0) as negator
    from vocabulary
    where
        intensifier is not null
        or negator is not null

),

cut_texts as (

    select
        texts.text_key,
        left(texts.body, cast(text_rules.text_characters as integer)) as body,
        cast(text_rules.text_words as integer) as most_words
    from texts
    cross join text_rules

),

split_texts as (

    select
        text_key,
        {{ text_words('body') }} as all_words,
        most_words,
        contains(body, '?') as has_question,
        length(body) - length(replace(body, '!', '')) as exclamations
    from cut_texts

),

worded_texts as (

    select
        text_key,
        list_slice(all_words, 1, most_words) as words,
        least(len(all_words), most_words) as word_count,
        has_question,
        exclamations
    from split_texts
    where
        len(all_words) > 0
        or has_question
        or exclamations > 0

),

placed_words as (

    select
        text_key,
        words,
        unnest(words) as word,
        unnest(range(1, word_count + 1)) as place
    from worded_texts

),

-- The words around a word are looked at only where it says something: mostly it does not.
known_words as (

    select
        placed_words.text_key,
        placed_words.place,
        placed_words.words,
        vocabulary.*
    from placed_words
    inner join vocabulary
        on placed_words.word = vocabulary.word

),

last_contrasts as (

    select
        text_key,
        max(place) as contrast_place
    from known_words
    where contrast is not null
    group by text_key

),

found_words as (

    select
        text_key,
        place,
        word as term,
        {%- for kind in term_kinds() %}
        {{ kind }},
        {%- endfor %}
        has_category,
        words[place - 1] as word_1_before,
        case when place > 2 then words[place - 2] end as word_2_before,
        case when place > 3 then words[place - 3] end as word_3_before,
        false as is_mark
    from known_words
    where is_term

),

found_pairs as (

    select
        known_words.text_key,
        known_words.place,
        pairs.term,
        {%- for kind in term_kinds() %}
        pairs.{{ kind }},
        {%- endfor %}
        pairs.has_category,
        known_words.words[known_words.place - 1] as word_1_before,
        case when known_words.place > 2 then known_words.words[known_words.place - 2] end as word_2_before,
        case when known_words.place > 3 then known_words.words[known_words.place - 3] end as word_3_before,
        false as is_mark
    from known_words
    inner join pairs
        on
            known_words.word = pairs.first_word
            and known_words.words[known_words.place + 1] = pairs.second_word
    where known_words.starts_pair

),

-- Marks of punctuation are terms too; they modify nothing, and nothing modifies them.
found_marks as (
    {%- for mark, condition in {'?': 'has_question', '!': 'exclamations > 0', '!!': 'exclamations > 2'}.items() %}

    select
        worded_texts.text_key,
        worded_texts.word_count + {{ loop.index }} as place,
        terms.term,
        {%- for kind in term_kinds() %}
        terms.{{ kind }},
        {%- endfor %}
        terms.has_category,
        cast(null as varchar) as word_1_before,
        cast(null as varchar) as word_2_before,
        cast(null as varchar) as word_3_before,
        true as is_mark
    from worded_texts
    inner join terms
        on terms.term = '{{ mark }}'
    where worded_texts.{{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

found_terms as (

    select * from found_words
    union all
    select * from found_pairs
    union all
    select * from found_marks

),

valences as (

    select
        found_terms.text_key,
        found_terms.place,
        found_terms.term,
        found_terms.valence
        * (
            1
            + coalesce(modifiers_1.intensifier, 0)
            + coalesce(modifiers_2.intensifier, 0) * text_rules.intensifier_fade
        )
        * (1 - coalesce(modifiers_1.negator, 0) * (1 + text_rules.negation))
        * (1 - coalesce(modifiers_2.negator, 0) * (1 + text_rules.negation))
        * (1 - coalesce(modifiers_3.negator, 0) * (1 + text_rules.negation))
        * case
            when last_contrasts.contrast_place is null or found_terms.is_mark then 1
            when found_terms.place < last_contrasts.contrast_place then text_rules.contrast_before
            else text_rules.contrast_after
        end as valence,
        (1 - coalesce(modifiers_1.negator, 0) * (1 + text_rules.negation))
        * (1 - coalesce(modifiers_2.negator, 0) * (1 + text_rules.negation))
        * (1 - coalesce(modifiers_3.negator, 0) * (1 + text_rules.negation)) < 0 as is_negated,
        cast(text_rules.deciding_words as integer) as deciding_words
    from found_terms
    cross join text_rules
    left join modifiers as modifiers_1
        on found_terms.word_1_before = modifiers_1.word
    left join modifiers as modifiers_2
        on found_terms.word_2_before = modifiers_2.word
    left join modifiers as modifiers_3
        on found_terms.word_3_before = modifiers_3.word
    left join last_contrasts
        on found_terms.text_key = last_contrasts.text_key
    where found_terms.valence is not null

),

valence_sums as (

    select
        text_key,
        {{ strongest_terms("case when is_negated then 'not ' else '' end || term", 'valence', 'place', 'deciding_words') }} as deciding_terms,
        sum(valence) as valence,
        count(*) as valence_terms
    from valences
    group by text_key

),

kind_sums as (

    select
        text_key,
        coalesce(sum(neutral), 0) as neutral,
        {%- for nature in natures_of_texts() %}
        coalesce(sum({{ nature }}), 0) as {{ nature }},
        {%- endfor %}
        {%- set natures = natures_of_texts() %}
        count(coalesce({{ natures | join(', ') }})) > 0 as has_nature
    from found_terms
    where coalesce(neutral, {{ natures_of_texts() | join(', ') }}) is not null
    group by text_key

),

category_sums as (

    select
        found_terms.text_key,
        categories_of_terms.issue_category,
        sum(categories_of_terms.weight) as weight
    from found_terms
    inner join categories_of_terms
        on found_terms.term = categories_of_terms.term
    where found_terms.has_category
    group by found_terms.text_key, categories_of_terms.issue_category

),

best_categories as (

    select
        category_sums.text_key,
        {{ first_of_largest('category_sums.issue_category', 'category_sums.weight') }} as issue_category
    from category_sums
    cross join text_rules
    where category_sums.weight >= text_rules.category_least
    group by category_sums.text_key

),

weighed_texts as (

    select
        worded_texts.text_key,
        text_rules.neutral_base + coalesce(kind_sums.neutral, 0) / {{ text_length() }} as neutral,
        coalesce(valence_sums.valence, 0)
        * (
            1 + text_rules.exclamation * (
                case when worded_texts.exclamations > 0 then 1 else 0 end
                + case when worded_texts.exclamations > 2 then 1 else 0 end
            )
        ) / {{ text_length() }} as valence,
        coalesce(valence_sums.valence_terms, 0) as valence_terms,
        coalesce(kind_sums.has_nature, false) as has_nature,
        {%- for nature in natures_of_texts() %}
        text_rules.nature_{{ nature }} + coalesce(kind_sums.{{ nature }}, 0) / {{ text_length() }} as {{ nature }},
        {%- endfor %}
        valence_sums.deciding_terms,
        best_categories.issue_category
    from worded_texts
    cross join text_rules
    left join valence_sums
        on worded_texts.text_key = valence_sums.text_key
    left join kind_sums
        on worded_texts.text_key = kind_sums.text_key
    left join best_categories
        on worded_texts.text_key = best_categories.text_key

),

-- Which of three is likeliest, shifted by the largest so that no power overflows. What is compared is rounded: sums of
-- doubles depend on their order in the last digit, and equal ones must stay equal.
felt_texts as (

    select
        weighed_texts.*,
        exp(weighed_texts.valence - greatest(abs(weighed_texts.valence), weighed_texts.neutral)) as positive_odds,
        exp(-weighed_texts.valence - greatest(abs(weighed_texts.valence), weighed_texts.neutral)) as negative_odds,
        exp(weighed_texts.neutral - greatest(abs(weighed_texts.valence), weighed_texts.neutral)) as neutral_odds,
        round(
            weighed_texts.grievance + text_rules.nature_feeling * greatest(-weighed_texts.valence, 0), 9
        ) as grievance_evidence,
        round(weighed_texts.request, 9) as request_evidence,
        round(
            weighed_texts.commendation + text_rules.nature_feeling * greatest(weighed_texts.valence, 0), 9
        ) as commendation_evidence,
        round(weighed_texts.inquiry, 9) as inquiry_evidence,
        weighed_texts.valence_terms
        / (weighed_texts.valence_terms + text_rules.confidence_terms) as tone_confidence
    from weighed_texts
    cross join text_rules

),

text_readings as (

    select
        text_key,
        case
            when valence = 0 or round(abs(valence) - neutral, 9) <= 0 then 'neutral'
            when valence > 0 then 'positive'
            else 'negative'
        end as tone_label,
        {%- set evidence = namespace(names=[]) %}
        {%- for nature in natures_of_texts() %}{% do evidence.names.append(nature ~ '_evidence') %}{% endfor %}
        case
            when valence_terms = 0 and not has_nature then null
            {%- for nature in natures_of_texts() %}
            when {{ nature }}_evidence = greatest({{ evidence.names | join(', ') }}) then '{{ nature }}'
            {%- endfor %}
        end as nature,
        issue_category,
        {{ each_once('deciding_terms') }} as tone_words,
        (positive_odds - negative_odds) / (positive_odds + negative_odds + neutral_odds) as tone,
        tone_confidence
    from felt_texts

)
{%- endmacro %}

{# By what sums of a text are divided: long texts say more of everything. #}
{% macro text_length() -%}
    power(greatest(1, worded_texts.word_count / text_rules.length_words), text_rules.length_power)
{%- endmacro %}

{# The value with the largest weight; of equal ones the first by name. #}
{% macro first_of_largest(value, weight) -%} {{ return(adapter.dispatch('first_of_largest', 'rapport')(value, weight)) }} {%- endmacro %}

{% macro default__first_of_largest(value, weight) -%}
    min(struct_pack(weight := -round({{ weight }}, 9), value := {{ value }})).value
{%- endmacro %}

{# The terms that weigh most, at most so many, as a list. #}
{% macro strongest_terms(term, weight, place, number) -%}
    {{ return(adapter.dispatch('strongest_terms', 'rapport')(term, weight, place, number)) }}
{%- endmacro %}

{% macro default__strongest_terms(term, weight, place, number) -%}
    arg_min({{ term }}, struct_pack(weight := -round(abs({{ weight }}), 9), place := {{ place }}, term := {{ term }}), {{ number }})
{%- endmacro %}

{# A list of texts as one text, each of them once. #}
{% macro each_once(texts) -%} {{ return(adapter.dispatch('each_once', 'rapport')(texts)) }} {%- endmacro %}

{% macro default__each_once(texts) -%}
    array_to_string(list_filter({{ texts }}, lambda each, nth: list_position({{ texts }}, each) = nth), ', ')
{%- endmacro %}
