with facilities as (
    select * from {{ ref("stg_agri_rural__facility_maintenance") }}
)

select
    area_code,
    facility_kind,
    period,

    facility_cnt,
    running_cnt,
    spend_ytd_yuan,
    problem_cnt,
    rectified_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from facilities
