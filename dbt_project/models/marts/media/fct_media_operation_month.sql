with lines as (
    select * from {{ ref("stg_media__operation_month") }}
)

select
    line_code,
    period,

    active_user_cnt,
    community_link_cnt,
    event_cnt,
    product_cnt,
    revenue_ytd_wan,

    county_code,
    _revision,
    {{ lineage_columns() }}
from lines
