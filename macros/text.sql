{# How a text becomes words, and words what they say: its tone, its nature and its category (docs/tone.md).
   scripts/training/twin.py says the same in Python, and a test compares them. #}

{# What most texts have between their words, the apostrophe apart: it parts words only at the edge of one. #}
{% macro usual_punctuation() -%}
    {{ return(['.', ',', '!', '?', '-', '/', ':', ';', '(', ')', '"']) }}
{%- endmacro %}

{# Faces made of punctuation, and the words that they become; the longer ones come first. #}
{% macro emoticons() -%}
    {{ return([
        ('emoticonfrown', [":'-(", ":'(", ':-(', ':(', '=(']),
        ('emoticonsmile', [':-)', ':)', '=)', ';-)', ';)', ':-D', ':D', '^_^']),
        ('emoticonwry', [':-/', ':/', ':-|', ':|']),
    ]) }}
{%- endmacro %}

{# Emoji and symbols, each a word by itself; skin tones are not among them. #}
{% macro symbols() -%} \x{2600}-\x{27BF}\x{1F300}-\x{1F3FA}\x{1F400}-\x{1FAFF} {%- endmacro %}

{# The kinds of terms that are evidence of a nature. #}
{% macro evidence_kinds() -%} {{ return(['grievance', 'request', 'commendation', 'inquiry']) }} {%- endmacro %}

{% macro term_kinds() -%}
    {{ return(['valence', 'neutral', 'intensifier', 'negator', 'contrast'] + evidence_kinds()) }}
{%- endmacro %}

{% macro text_settings() -%}
    {{ return([
        'text_characters',
        'text_words',
        'intensifier_fade',
        'negation',
        'contrast_before',
        'contrast_after',
        'neutral_base',
        'length_words',
        'length_power',
        'exclamation',
        'confidence_terms',
        'nature_grievance',
        'nature_request',
        'nature_commendation',
        'nature_inquiry',
        'nature_feeling',
        'category_least',
        'deciding_terms',
        'deciding_words',
    ]) }}
{%- endmacro %}

{# A text in which other texts are replaced, one after the other. #}
{% macro replaced(text, pairs) -%}
    {%- for _ in pairs -%} replace( {%- endfor -%}
    {{ text }}
    {%- for old, new in pairs -%} , {{ literal(old) }}, {{ literal(new) }}) {%- endfor -%}
{%- endmacro %}

{# A text in which faces are words. Few have one: to look first is quicker. #}
{% macro with_emoticons(text) -%}
    {%- set pairs = [('://', ' ')] -%}
    {%- for word, faces in emoticons() -%}
        {%- for face in faces -%} {%- do pairs.append((face, ' ' ~ word ~ ' ')) -%} {%- endfor -%}
    {%- endfor -%}
    case
        when
            {%- for beginning in [':', ';', '=', '^_^', '<3'] %}
            {{ 'or ' if not loop.first }}contains({{ text }}, '{{ beginning }}')
            {%- endfor %}
            then {{ any_replaced(replaced(text, pairs), '<3([^0-9]|$)', ' emoticonheart \\1') }}
        else {{ text }}
    end
{%- endmacro %}

{# A text in lower case, with blanks for what most texts have between their words. #}
{% macro without_usual_punctuation(text) -%}
    {%- set blanks = [] -%}
    {%- for character in usual_punctuation() -%} {%- do blanks.append((character, ' ')) -%} {%- endfor -%}
    {{ replaced(lowered(text), blanks) }}
{%- endmacro %}

{# A text in lower case, every character for itself. #}
{% macro lowered(text) -%} {{ return(adapter.dispatch('lowered', 'rapport')(text)) }} {%- endmacro %}

{% macro default__lowered(text) -%} lower({{ text }}) {%- endmacro %}

{# Two letters' lower case depends on their neighbours, or is two characters. #}
{% macro spark__lowered(text) -%} lower(translate({{ text }}, 'İΣ', 'iσ')) {%- endmacro %}

{# The words of a text in which faces are words already, in lower case, as a list. parted: the text without the usual
   punctuation. Most texts are plain then: to part them at blanks is several times as fast as a regular expression, and
   ends in the same words. #}
{% macro words_of(text, parted) -%}
    {%- set edges = [("''", ' '), ("' ", ' '), (" '", ' ')] -%}
    {%- set one_apostrophe = any_replaced(text, '[\\x{2018}\\x{2019}\\x{02BC}]', "'") -%}
    {%- set part = '[\\p{L}\\p{M}\\p{N}]+' -%}
    case
        when {{ matches(parted, "[^a-z0-9' ]") }}
            then {{ all_matches(
                lowered(any_replaced(one_apostrophe, '[\\x{FE00}-\\x{FE0F}]', ' ')),
                part ~ "(?:'" ~ part ~ ")*|[" ~ symbols() ~ "]"
            ) }}
        when contains({{ parted }}, {{ literal("'") }})
            then {{ between_blanks(replaced("' ' || " ~ parted ~ " || ' '", edges)) }}
        else {{ between_blanks(parted) }}
    end
{%- endmacro %}

{% macro between_blanks(text) -%} {{ return(adapter.dispatch('between_blanks', 'rapport')(text)) }} {%- endmacro %}

{% macro default__between_blanks(text) -%}
    list_filter(string_split({{ text }}, ' '), lambda part: part <> '')
{%- endmacro %}

{% macro spark__between_blanks(text) -%} filter(split({{ text }}, ' '), part -> part <> '') {%- endmacro %}

{# A CTE is made once, however many read it. #}
{% macro kept() -%} {{ return(adapter.dispatch('kept', 'rapport')()) }} {%- endmacro %}

{% macro default__kept() -%} materialized {%- endmacro %}

{# Spark decides by itself. #}
{% macro spark__kept() -%} {%- endmacro %}

{# Of a list of categories with weights the one with the greatest sum; of equal ones the first by name. #}
{% macro heaviest_category(categories) -%} {{ return(adapter.dispatch('heaviest_category', 'rapport')(categories)) }} {%- endmacro %}

{% macro default__heaviest_category(categories) -%}
    list_sort(
        list_transform(
            list_distinct(list_transform({{ categories }}, lambda each: each.issue_category)),
            lambda name: {{ record({
                'lightness': '-list_sum(
                    list_transform(
                        list_filter(' ~ categories ~ ', lambda each: each.issue_category = name),
                        lambda each: each.weight
                    )
                )',
                'issue_category': 'name',
            }) }}
        )
    )[1]
{%- endmacro %}

{% macro spark__heaviest_category(categories) -%}
    array_min(
        transform(
            array_distinct(transform({{ categories }}, each -> each.issue_category)),
            name -> {{ record({
                'lightness': '-aggregate(
                    filter(' ~ categories ~ ', each -> each.issue_category = name),
                    cast(0 as decimal(18, 6)),
                    (total, each) -> cast(total + each.weight as decimal(18, 6))
                )',
                'issue_category': 'name',
            }) }}
        )
    )
{%- endmacro %}

{# CTEs that end in `classified_texts`: what each text of the CTE `texts` (text_id, a number; body) says. #}
{% macro classified_texts() -%}
{%- set sums = ['neutral'] + evidence_kinds() -%}
text_rules as (

    select
        {%- for setting in text_settings() %}
        max(case when setting = '{{ setting }}' then value end) as {{ setting }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('text_settings') }}

),

tone_by_term as (

    select
        term,
        {%- for kind in term_kinds() %}
        max(case when kind = '{{ kind }}' then weight end) as {{ kind }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('tone_terms') }}
    group by term

),

modifiers as (

    select
        term,
        cast(coalesce(intensifier, 0) as double) as intensifier,
        cast(coalesce(negator, 0) as double) as negator
    from tone_by_term
    where coalesce(intensifier, negator) is not null

),

text_terms as (

    select
        tone_by_term.term,
        cast(tone_by_term.valence as double) as valence,
        {%- for kind in sums %}
        tone_by_term.{{ kind }},
        {%- endfor %}
        contains(tone_by_term.term, ' ') and first_words.negator is not null as is_negated_itself,
        cast(null as string) as issue_category,
        cast(null as decimal(9, 6)) as category_weight
    from tone_by_term
    left join tone_by_term as first_words
        on split_part(tone_by_term.term, ' ', 1) = first_words.term

    union all

    select
        term,
        null as valence,
        {%- for kind in sums %}
        null as {{ kind }},
        {%- endfor %}
        false as is_negated_itself,
        issue_category,
        weight as category_weight
    from {{ ref('issue_categories') }}

),

cut_texts as (

    select
        texts.text_id,
        left(texts.body, cast(text_rules.text_characters as bigint)) as body,
        cast(text_rules.text_words as bigint) as text_words
    from texts
    cross join text_rules

),

faced_texts as (

    select
        text_id,
        text_words,
        contains(body, '?') as is_asking,
        case when contains(body, '!') then length(body) - length(replace(body, '!', '')) else 0 end as exclamations,
        {{ with_emoticons('body') }} as body
    from cut_texts

),

plain_texts as (

    select
        *,
        {{ without_usual_punctuation('body') }} as parted_body
    from faced_texts

),

parted_texts as (

    select
        text_id,
        is_asking,
        exclamations,
        {{ first_of(words_of('body', 'parted_body'), 'text_words') }} as words
    from plain_texts

),

tokenised_texts as {{ kept() }} (

    select
        text_id,
        exclamations,
        words,
        words || case
            when is_asking and exclamations > 2 then {{ list_of(['?', '!', '!!']) }}
            when is_asking and exclamations > 0 then {{ list_of(['?', '!']) }}
            when is_asking then {{ list_of(['?']) }}
            when exclamations > 2 then {{ list_of(['!', '!!']) }}
            when exclamations > 0 then {{ list_of(['!']) }}
            else {{ list_of([]) }}
        end as tokens
    from parted_texts

),

-- Of each text with words such as but, the last one.
contrasts as (

    select
        tokens.text_id,
        max(tokens.place) as contrast_place
    from (
        select
            text_id,
            {{ each_of('tokens', 'token', 'place') }}
        from tokenised_texts
    ) as tokens
    inner join tone_by_term
        on tokens.token = tone_by_term.term
    where tone_by_term.contrast is not null
    group by tokens.text_id

),

placed_terms as (

    select
        text_id,
        tokens,
        {{ each_of('tokens', 'term', 'place') }},
        false as is_pair
    from tokenised_texts

    union all

    select
        text_id,
        tokens,
        word || ' ' || next_word as term,
        place,
        true as is_pair
    from (
        select
            text_id,
            tokens,
            {{ each_pair_of('words', 'word', 'next_word', 'place') }}
        from tokenised_texts
    )
    where next_word is not null

),

found_terms as (

    select
        placed_terms.text_id,
        placed_terms.place,
        placed_terms.term,
        placed_terms.is_pair,
        text_terms.valence,
        {%- for kind in sums %}
        text_terms.{{ kind }},
        {%- endfor %}
        text_terms.is_negated_itself,
        text_terms.issue_category,
        text_terms.category_weight,
        {%- for distance in [1, 2, 3] %}
        case
            when text_terms.valence is not null and placed_terms.place > {{ distance }}
                then {{ value_at('placed_terms.tokens', 'placed_terms.place - ' ~ distance) }}
        end as token_{{ distance }}{{ ',' if not loop.last }}
        {%- endfor %}
    from placed_terms
    inner join text_terms
        on placed_terms.term = text_terms.term

),

modified_terms as (

    select
        found_terms.*,
        found_terms.valence
        * (
            1
            + coalesce(modifiers_1.intensifier, 0)
            + coalesce(modifiers_2.intensifier, 0) * text_rules.intensifier_fade
        )
        * case
            when found_terms.place < contrasts.contrast_place then text_rules.contrast_before
            when found_terms.place > contrasts.contrast_place then text_rules.contrast_after
            else 1
        end as strength,
        {%- for distance in [1, 2, 3] %}
        {{ '* ' if not loop.first }}(1 - coalesce(modifiers_{{ distance }}.negator, 0) * (1 + text_rules.negation))
        {%- endfor %} as negation
    from found_terms
    cross join text_rules
    left join contrasts
        on found_terms.text_id = contrasts.text_id
    {%- for distance in [1, 2, 3] %}
    left join modifiers as modifiers_{{ distance }}
        on found_terms.token_{{ distance }} = modifiers_{{ distance }}.term
    {%- endfor %}

),

-- Added up as decimals: in whatever order an engine does it, the sum is the same.
told_texts as (

    select
        modified_terms.text_id,
        count(modified_terms.strength) as felt_terms,
        cast(sum(cast(modified_terms.strength * modified_terms.negation as decimal(18, 12))) as double) as strength,
        {%- for kind in sums %}
        cast(sum(modified_terms.{{ kind }}) as double) as {{ kind }},
        {%- endfor %}
        bool_or(coalesce(
            {%- for kind in evidence_kinds() %}
            modified_terms.{{ kind }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) is not null) as has_evidence,
        {{ strongest(
            "case
                when modified_terms.negation < 0 and not modified_terms.is_negated_itself
                    then 'not ' || modified_terms.term
                else modified_terms.term
            end",
            'abs(modified_terms.strength * modified_terms.negation)',
            '2 * modified_terms.place + case when modified_terms.is_pair then 1 else 0 end',
            'text_rules.deciding_terms',
        ) }} as strongest,
        array_agg({{ record({
            'issue_category': 'modified_terms.issue_category',
            'weight': 'modified_terms.category_weight',
        }) }}) filter (where modified_terms.issue_category is not null) as categories
    from modified_terms
    cross join text_rules
    group by modified_terms.text_id

),

summed_texts as (

    select
        tokenised_texts.text_id,
        coalesce({{ length_of('tokenised_texts.tokens') }}, 0) > 0 as says_anything,
        power(
            greatest(1, {{ length_of('tokenised_texts.words') }} / text_rules.length_words),
            text_rules.length_power
        ) as length_share,
        1 + text_rules.exclamation * case
            when tokenised_texts.exclamations > 2 then 2
            when tokenised_texts.exclamations > 0 then 1
            else 0
        end as exclaimed,
        coalesce(told_texts.felt_terms, 0) as felt_terms,
        coalesce(told_texts.has_evidence, false) as has_evidence,
        {%- for sum in ['strength'] + sums %}
        coalesce(told_texts.{{ sum }}, 0) as {{ sum }},
        {%- endfor %}
        told_texts.strongest,
        {{ heaviest_category('told_texts.categories') }} as likeliest
    from tokenised_texts
    cross join text_rules
    left join told_texts
        on tokenised_texts.text_id = told_texts.text_id

),

weighed_texts as (

    select
        summed_texts.*,
        summed_texts.strength * summed_texts.exclaimed / summed_texts.length_share as pleasantness,
        text_rules.neutral_base + summed_texts.neutral / summed_texts.length_share as neutrality
    from summed_texts
    cross join text_rules

),

judged_texts as (

    select
        weighed_texts.*,
        greatest(abs(weighed_texts.pleasantness), weighed_texts.neutrality) as largest,
        {%- for kind in evidence_kinds() %}
        round(
            text_rules.nature_{{ kind }} + weighed_texts.{{ kind }} / weighed_texts.length_share
            {%- if kind == 'grievance' %}
            + text_rules.nature_feeling * greatest(-weighed_texts.pleasantness, 0)
            {%- elif kind == 'commendation' %}
            + text_rules.nature_feeling * greatest(weighed_texts.pleasantness, 0)
            {%- endif %},
            9
        ) as {{ kind }}_evidence,
        {%- endfor %}
        text_rules.confidence_terms,
        text_rules.category_least,
        cast(text_rules.deciding_words as bigint) as deciding_words
    from weighed_texts
    cross join text_rules

),

classified_texts as (

    select
        text_id,
        case
            when not says_anything then null
            when round(abs(pleasantness), 9) <= round(neutrality, 9) or pleasantness = 0 then 'neutral'
            when pleasantness < 0 then 'negative'
            else 'positive'
        end as label,
        case
            when felt_terms = 0 and not has_evidence then null
            {%- for kind in evidence_kinds() %}
            {{ 'when ' ~ kind ~ '_evidence = greatest(' if not loop.last else 'else ' -}}
            {%- if not loop.last -%}
            {{ evidence_kinds() | join('_evidence, ') }}_evidence) then {% endif -%}
            '{{ kind }}'
            {%- endfor %}
        end as nature,
        case when -likeliest.lightness >= category_least then likeliest.issue_category end as issue_category,
        nullif({{ first_said('strongest', 'deciding_words') }}, '') as tone_words,
        case
            when not says_anything then null
            when felt_terms = 0 then 0
            else
                (exp(pleasantness - largest) - exp(-pleasantness - largest))
                / (exp(pleasantness - largest) + exp(-pleasantness - largest) + exp(neutrality - largest))
        end as tone,
        felt_terms / (felt_terms + confidence_terms) as tone_confidence
    from judged_texts

)
{%- endmacro %}

{# What a staging model of interactions says of its texts. #}
{% macro text_reading_columns() -%}
    {{ return(['text_nature', 'text_category', 'tone_words', 'text_tone', 'tone_confidence']) }}
{%- endmacro %}

{# Those columns of a kind of source without texts. #}
{% macro no_text_readings() -%}
    cast(null as string) as text_nature,
    cast(null as string) as text_category,
    cast(null as string) as tone_words,
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
        {{ hashed(['body']) }} as text_id,
        body
    from {{ rows }}
    where
        body is not null
        and {{ is_read }}

),

{{ classified_texts() }},

{{ name }} as (

    select
        {{ rows }}.*,
        classified_texts.nature as text_nature,
        classified_texts.issue_category as text_category,
        classified_texts.tone_words,
        classified_texts.tone as text_tone,
        classified_texts.tone_confidence
    from {{ rows }}
    left join classified_texts
        on
            {{ hashed([rows ~ '.body']) }} = classified_texts.text_id
            and {{ is_read }}

)
{%- endmacro %}
