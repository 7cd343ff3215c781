-- texts_classified: one row per text of the table `given_texts` (text_id, body), which the runner makes of a file: what
-- its words say, as staging reads a message.
with

texts as (

    select
        text_id,
        {{ masked('body') }} as body
    from given_texts

),

{{ classified_texts() }}

select * from classified_texts
