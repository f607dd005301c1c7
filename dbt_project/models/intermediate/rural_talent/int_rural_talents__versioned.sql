with people as (
    select * from {{ ref("stg_rural_talent__talent_profile") }}
)

select
    {{ pseudonym("talent_id_no", "rural_talent") }} as talent_id_no,
    valid_from,
    valid_to,
    is_current,

    area_code,
    talent_kind,
    is_top_goose,
    drives_household_cnt,

    county_code,
    _revision
from people
