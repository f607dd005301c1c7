with classes as (
    select * from {{ ref("stg_red_cross__training_class") }}
)

select
    class_no,
    {{ period_of("start_date", "quarterly") }} as period,

    class_kind,

    attend_cnt,
    certified_cnt,
    target_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from classes
