with evaluations as (
    select * from {{ ref("stg_industry__enterprise_evaluation") }}
)

select
    uscc,
    period,

    {{ township_code("area_code") }} as area_code,
    zone_code,
    above_scale,
    revenue_wan,
    rd_wan,
    rd_staff_cnt,
    has_rd_unit,
    tech_center_level,
    value_chain_stage,
    official_grade,

    county_code,
    _revision,
    {{ lineage_columns() }}
from evaluations
