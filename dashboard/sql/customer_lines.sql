-- One row per line of the statement from $first on, the latest first.
select
    line_number,
    line_kind,
    statement_on,
    occurred_at,
    segment,
    property_id,
    issue_id,
    channel,
    touchpoint,
    nature,
    issue_category,
    messages,
    {score_statement.excerpt} as excerpt,
    {score_statement.tone_words} as tone_words,
    frequency_change,
    tone_change,
    variety_change,
    persistence_change,
    recency_change,
    score_change,
    score_after
from marts.score_statement
where
    customer_id = $customer
    and statement_on >= $first
order by line_number desc
limit $limit
