-- house_of_the_month: one row per house and day: what the company makes of Rapport's marts.
select
    score_date,
    property_id as house,
    mean_score
from {{ ref('rapport', 'property_scores_daily') }}
