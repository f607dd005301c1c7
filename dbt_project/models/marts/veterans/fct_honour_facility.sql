with facilities as (
    select * from {{ ref("stg_veterans__honour_facility") }}
)

select
    facility_code,
    period,

    facility_kind,

    capacity_cnt,
    used_cnt,
    built_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from facilities
