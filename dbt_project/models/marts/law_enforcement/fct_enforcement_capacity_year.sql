with units as (
    select * from {{ ref("stg_law_enforcement__enforcement_capacity") }}
)

select
    unit_name,
    period,

    officer_cnt,
    budget_wan,
    spent_wan,
    discretion_deviation_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from units
