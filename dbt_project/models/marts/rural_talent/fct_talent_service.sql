with services as (
    select * from {{ ref("stg_rural_talent__talent_service") }}
)

select
    activity_no,
    {{ period_of("activity_date", "quarterly") }} as period,

    {{ township_code("area_code") }} as area_code,
    service_kind,
    beneficiary_cnt,
    volunteer_cnt,
    sales_yuan,

    county_code,
    _revision,
    {{ lineage_columns() }}
from services
