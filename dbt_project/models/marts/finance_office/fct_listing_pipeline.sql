with pipeline as (
    select * from {{ ref("stg_finance_office__listing_pipeline") }}
)

select
    uscc,
    period,

    pipeline_level,
    {{ days_between(period_end("period"), "stage_date") }} as days_in_stage,
    share_reform_done,

    county_code,
    _revision,
    {{ lineage_columns() }}
from pipeline
