with checks as (
    select * from {{ ref("stg_emergency__duty_check") }}
)

select
    check_no,
    {{ period_of("check_date", "monthly") }} as period,

    {{ township_code("area_code") }} as area_code,
    check_kind,
    plan_revised,
    plan_valid_until,
    problem_cnt,
    rectified_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from checks
