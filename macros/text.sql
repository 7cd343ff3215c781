{# How a text becomes words, and words what they say: its tone, its nature and its category (docs/tone.md).
   scripts/training/twin.py says the same in Python, and a test compares them. #}

{# What most texts have between their words, the apostrophe apart: it parts words only at the edge of one. #}
{% macro usual_punctuation() -%}
    {{ return(['.', ',', '!', '?', '-', '/', ':', ';', '(', ')', '"']) }}
{%- endmacro %}

{# Faces made of punctuation, and the words that they become; the longer ones come first. #}
{% macro emoticons() -%}
    {{ return([
        ('emoticonfrown', [":''-(", ":''(", ':-(', ':(', '=(']),
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
        'deciding_words',
    ]) }}
{%- endmacro %}

{# A text in which other texts are replaced, one after the other. #}
{% macro replaced(text, pairs) -%}
    {%- for _ in pairs -%} replace( {%- endfor -%}
    {{ text }}
    {%- for old, new in pairs -%} , '{{ old }}', '{{ new }}') {%- endfor -%}
{%- endmacro %}

{# A text in which all that a regular expression matches is replaced. #}
{% macro any_replaced(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('any_replaced', 'rapport')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__any_replaced(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
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
    {{ replaced('lower(' ~ text ~ ')', blanks) }}
{%- endmacro %}

{# The words of a text in which faces are words already, in lower case, as a list. parted: the text without the usual
   punctuation. Most texts are plain then: to part them at blanks is several times as fast as a regular expression, and
   ends in the same words. #}
{% macro words_of(text, parted) -%} {{ return(adapter.dispatch('words_of', 'rapport')(text, parted)) }} {%- endmacro %}

{% macro default__words_of(text, parted) -%}
    {%- set edges = [("''''", ' '), ("'' ", ' '), (" ''", ' ')] -%}
    {%- set one_apostrophe = any_replaced(text, '[\\x{2018}\\x{2019}\\x{02BC}]', "''") -%}
    {%- set part = '[\\p{L}\\p{M}\\p{N}]+' -%}
    case
        when regexp_matches({{ parted }}, '[^a-z0-9'' ]')
            then regexp_extract_all(
                lower({{ any_replaced(one_apostrophe, '[\\x{FE00}-\\x{FE0F}]', ' ') }}),
                '{{ part }}(?:''{{ part }})*|[{{ symbols() }}]'
            )
        when contains({{ parted }}, '''') then {{ between_blanks(replaced("' ' || " ~ parted ~ " || ' '", edges)) }}
        else {{ between_blanks(parted) }}
    end
{%- endmacro %}

{% macro between_blanks(text) -%} list_filter(string_split({{ text }}, ' '), lambda part: part <> '') {%- endmacro %}

{# CTEs that end in `classified_texts`: what each text of the CTE `texts` (text_id, a number; body) says. Every text ends
   in an empty word, so that one in which nothing is known is among them. #}
{% macro classified_texts() -%}
{%- set sums = ['neutral'] + evidence_kinds() -%}
text_rules as (

    select
        {%- for setting in text_settings() %}
        max(case when setting = '{{ setting }}' then value end) as {{ setting }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('text_settings') }}

),

all_terms as (

    select
        term,
        kind,
        weight,
        cast(null as varchar) as issue_category
    from {{ ref('tone_terms') }}

    union all

    select
        term,
        'category' as kind,
        weight,
        issue_category
    from {{ ref('issue_categories') }}

),

text_terms as (

    select
        term,
        {%- for kind in term_kinds() %}
        max(case when kind = '{{ kind }}' then weight end) as {{ kind }},
        {%- endfor %}
        list({{ record({'issue_category': 'issue_category', 'weight': 'weight'}) }})
            filter (where issue_category is not null) as categories
    from all_terms
    group by term

),

known_words as (

    select
        split_part(all_terms.term, ' ', 1) as word,
        bool_or(contains(all_terms.term, ' ')) as begins_pair
    from all_terms
    group by split_part(all_terms.term, ' ', 1)

    union all

    select
        '' as word,
        false as begins_pair

),

known_terms as (

    select
        known_words.word,
        known_words.begins_pair,
        {%- for kind in term_kinds() %}
        text_terms.{{ kind }},
        {%- endfor %}
        text_terms.categories
    from known_words
    left join text_terms
        on known_words.word = text_terms.term

),

modifiers as (

    select
        term,
        cast(coalesce(intensifier, 0) as double) as intensifier,
        cast(coalesce(negator, 0) as double) as negator
    from text_terms
    where coalesce(intensifier, negator) is not null

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
        {{ words_of('body', 'parted_body') }}[:text_words] as words
    from plain_texts

),

tokenised_texts as (

    select
        text_id,
        exclamations,
        len(words) as words,
        list_concat(
            words,
            case
                when is_asking and exclamations > 2 then ['?', '!', '!!', '']
                when is_asking and exclamations > 0 then ['?', '!', '']
                when is_asking then ['?', '']
                when exclamations > 2 then ['!', '!!', '']
                when exclamations > 0 then ['!', '']
                else ['']
            end
        ) as tokens
    from parted_texts

),

placed_tokens as (

    select
        text_id,
        exclamations,
        words,
        tokens,
        unnest(tokens) as token,
        generate_subscripts(tokens, 1) as place
    from tokenised_texts

),

known_tokens as (

    select
        placed_tokens.text_id,
        placed_tokens.exclamations,
        placed_tokens.words,
        placed_tokens.tokens,
        placed_tokens.place,
        placed_tokens.token,
        case
            when known_terms.begins_pair and placed_tokens.place < placed_tokens.words
                then placed_tokens.token || ' ' || placed_tokens.tokens[placed_tokens.place + 1]
        end as pair,
        {%- for kind in term_kinds() %}
        known_terms.{{ kind }},
        {%- endfor %}
        known_terms.categories
    from placed_tokens
    inner join known_terms
        on placed_tokens.token = known_terms.word

),

found_terms as (

    select
        known_tokens.text_id,
        known_tokens.exclamations,
        known_tokens.words,
        known_tokens.place,
        known_tokens.token,
        known_tokens.pair,
        known_tokens.valence,
        known_tokens.negator,
        known_tokens.categories,
        case when known_tokens.contrast is not null then known_tokens.place end as contrast_place,
        {%- for distance in [1, 2, 3] %}
        case
            when coalesce(known_tokens.valence, pairs.valence) is not null and known_tokens.place > {{ distance }}
                then known_tokens.tokens[known_tokens.place - {{ distance }}]
        end as token_{{ distance }},
        {%- endfor %}
        {%- for kind in sums %}
        coalesce(known_tokens.{{ kind }}, 0) + coalesce(pairs.{{ kind }}, 0) as {{ kind }},
        {%- endfor %}
        coalesce(
            {%- for kind in evidence_kinds() %}
            known_tokens.{{ kind }},
            pairs.{{ kind }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) is not null as is_evidence,
        pairs.valence as pair_valence,
        pairs.categories as pair_categories
    from known_tokens
    left join text_terms as pairs
        on known_tokens.pair = pairs.term

),

modified_terms as (

    select
        found_terms.*,
        1
        + coalesce(modifiers_1.intensifier, 0)
        + coalesce(modifiers_2.intensifier, 0) * text_rules.intensifier_fade as amplification,
        {%- for distance in [1, 2, 3] %}
        {{ '* ' if not loop.first }}(1 - coalesce(modifiers_{{ distance }}.negator, 0) * (1 + text_rules.negation))
        {%- endfor %} as negation
    from found_terms
    cross join text_rules
    {%- for distance in [1, 2, 3] %}
    left join modifiers as modifiers_{{ distance }}
        on found_terms.token_{{ distance }} = modifiers_{{ distance }}.term
    {%- endfor %}

),

told_texts as (

    select
        text_id,
        max(exclamations) as exclamations,
        max(words) as words,
        max(place) as tokens,
        max(contrast_place) as contrast_place,
        {%- for kind in sums %}
        cast(sum({{ kind }}) as double) as {{ kind }},
        {%- endfor %}
        bool_or(is_evidence) as has_evidence,
        list({{ record({
            'place': 'place',
            'term': 'token',
            'said': "case when negation < 0 then 'not ' || token else token end",
            'strength': 'cast(valence as double) * amplification * negation',
        }) }}) filter (where valence is not null) as felt_words,
        list({{ record({
            'place': 'place',
            'term': 'pair',
            'said': "case when negation < 0 and negator is null then 'not ' || pair else pair end",
            'strength': 'cast(pair_valence as double) * amplification * negation',
        }) }}) filter (where pair_valence is not null) as felt_pairs,
        list(categories) filter (where categories is not null) as categories,
        list(pair_categories) filter (where pair_categories is not null) as pair_categories
    from modified_terms
    group by text_id

),

-- Added up as decimals: in whatever order an engine does it, the sum is the same.
weighed_texts as (

    select
        told_texts.text_id,
        told_texts.words,
        told_texts.tokens > 1 as says_anything,
        list_transform(
            list_concat(told_texts.felt_words, told_texts.felt_pairs),
            lambda each: {{ record({
                'place': 'each.place',
                'term': 'each.term',
                'said': 'each.said',
                'strength': 'cast(
                    each.strength * case
                        when each.place < told_texts.contrast_place then text_rules.contrast_before
                        when each.place > told_texts.contrast_place then text_rules.contrast_after
                        else 1
                    end as decimal(18, 12)
                )',
            }) }}
        ) as felt,
        1 + text_rules.exclamation * case
            when told_texts.exclamations > 2 then 2
            when told_texts.exclamations > 0 then 1
            else 0
        end as exclaimed,
        power(greatest(1, told_texts.words / text_rules.length_words), text_rules.length_power) as length_share,
        {%- for kind in sums %}
        told_texts.{{ kind }},
        {%- endfor %}
        told_texts.has_evidence,
        flatten(list_concat(told_texts.categories, told_texts.pair_categories)) as categories
    from told_texts
    cross join text_rules

),

summed_texts as (

    select
        weighed_texts.*,
        coalesce(len(weighed_texts.felt), 0) as felt_terms,
        coalesce(
            cast(list_sum(list_transform(weighed_texts.felt, lambda each: each.strength)) as double)
            * weighed_texts.exclaimed / weighed_texts.length_share,
            0
        ) as pleasantness,
        text_rules.neutral_base + weighed_texts.neutral / weighed_texts.length_share as neutrality,
        list_transform(
            list_sort(
                list_transform(
                    weighed_texts.felt,
                    lambda each: {{ record({
                        'strength': '-round(abs(each.strength), 9)',
                        'place': 'each.place',
                        'term': 'each.term',
                        'said': 'each.said',
                    }) }}
                )
            ),
            lambda each: each.said
        ) as strongest,
        list_sort(
            list_transform(
                list_distinct(list_transform(weighed_texts.categories, lambda each: each.issue_category)),
                lambda name: {{ record({
                    'weight': '-list_sum(
                        list_transform(
                            list_filter(weighed_texts.categories, lambda each: each.issue_category = name),
                            lambda each: each.weight
                        )
                    )',
                    'issue_category': 'name',
                }) }}
            )
        )[1] as likeliest
    from weighed_texts
    cross join text_rules

),

judged_texts as (

    select
        summed_texts.*,
        greatest(abs(summed_texts.pleasantness), summed_texts.neutrality) as largest,
        {%- for kind in evidence_kinds() %}
        round(
            text_rules.nature_{{ kind }} + summed_texts.{{ kind }} / summed_texts.length_share
            {%- if kind == 'grievance' %}
            + text_rules.nature_feeling * greatest(-summed_texts.pleasantness, 0)
            {%- elif kind == 'commendation' %}
            + text_rules.nature_feeling * greatest(summed_texts.pleasantness, 0)
            {%- endif %},
            9
        ) as {{ kind }}_evidence,
        {%- endfor %}
        text_rules.confidence_terms,
        text_rules.category_least,
        cast(text_rules.deciding_words as bigint) as deciding_words
    from summed_texts
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
        case when -likeliest.weight >= category_least then likeliest.issue_category end as issue_category,
        nullif(
            array_to_string(
                list_filter(strongest, lambda said, place: list_position(strongest, said) = place)[:deciding_words], ', '
            ),
            ''
        ) as tone_words,
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
