select
    inspection_no,
    uscc,
    inspection_kind,
    {{ period_of("inspection_date", "monthly") }} as period,
    meter_need_cnt,
    meter_have_cnt,
    county_code,
    _revision
from {{ ref("stg_energy__inspection") }}
where is_current
