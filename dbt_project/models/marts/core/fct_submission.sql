with submissions as (
    select * from {{ source("raw", "ledger__submission") }}
    {%- if var("as_of") %}
    where submitted_at <= cast('{{ var("as_of") }}' as timestamp)
        and coalesce(accepted_at, submitted_at) <= cast('{{ var("as_of") }}' as timestamp)
    {%- endif %}
)

select
    submission_id,
    dataset_id,
    department,
    reporter_code,
    period,
    revision,
    reporter_area_code as area_code,
    {{ county_code("reporter_area_code") }} as county_code,
    submitted_at,
    due_at,
    status,
    row_cnt,
    accepted_row_cnt,
    error_cnt,
    warning_cnt,
    {{ days_between(county_day("submitted_at"), "due_at") }} as days_late,
    accepted_at,
    file_name,
    {{ lineage_columns() }}
from submissions
