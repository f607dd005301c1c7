with activities as (
    select * from {{ ref("stg_forestry__greening_activity") }}
)

select
    activity_no,
    {{ period_of("activity_date", "quarterly") }} as period,

    {{ township_code("area_code") }} as area_code,
    activity_kind,
    is_forest_chief,
    participant_cnt,
    tree_cnt,
    adopted_tree_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from activities
