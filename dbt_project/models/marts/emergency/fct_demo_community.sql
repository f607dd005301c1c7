with communities as (
    select * from {{ ref("stg_emergency__demo_community") }}
)

select
    area_code,
    demo_level,
    period,

    apply_status,
    inspect_score,

    county_code,
    _revision,
    {{ lineage_columns() }}
from communities
