with drills as (
    select * from {{ ref("stg_emergency__drill_training") }}
)

select
    drill_no,
    {{ period_of("drill_date", "quarterly") }} as period,

    {{ township_code("area_code") }} as area_code,
    drill_kind,
    subject_kind,
    participant_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from drills
