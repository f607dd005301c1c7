with recipients as (
    select * from {{ ref("stg_veterans__beneficiary") }}
)

select
    veteran_id_no,
    service_kind,
    period,
    {{ township_code("area_code") }} as area_code,

    1 as person_cnt,
    service_cnt,
    benefit_yuan,

    county_code,
    _revision
from recipients
