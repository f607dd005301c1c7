with sites as (
    select * from {{ ref("stg_civil_affairs__elderly_site") }}
)

select
    site_code,
    period,

    {{ township_code("area_code") }} as area_code,
    site_kind,

    bed_cnt,
    occupied_bed_cnt,
    meal_cnt,
    problem_cnt,
    rectified_cnt,
    inspect_cnt > 0 as inspected,
    operator_uscc is not null as third_party,

    county_code,
    _revision,
    {{ lineage_columns() }}
from sites
