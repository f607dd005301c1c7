with talents as (
    select * from {{ ref("int_rural_talents__versioned") }}
)

select
    talent_id_no,

    {{ township_code("area_code") }} as area_code,
    talent_kind,
    is_top_goose,
    drives_household_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from talents
where is_current
