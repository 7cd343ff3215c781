-- score_validation joins them: a predictor without a row would be missing from the comparison, and nobody would notice.
with

wanted as (
    {%- for segment in ['resident', 'prospect'] %}
    {%- set outer_loop = loop %}
    {%- for predictor in predictor_names() %}
    select
        '{{ segment }}' as segment,
        '{{ predictor }}' as predictor
    {{ 'union all' if not (loop.last and outer_loop.last) }}
    {%- endfor %}
    {%- endfor %}
)

select
    coalesce(wanted.segment, given.segment) as segment,
    coalesce(wanted.predictor, given.predictor) as predictor
from wanted
full join {{ ref('validation_predictors') }} as given
    on
        wanted.segment = given.segment
        and wanted.predictor = given.predictor
where
    wanted.predictor is null
    or given.predictor is null
