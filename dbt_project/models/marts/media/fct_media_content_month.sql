with contents as (
    select * from {{ ref("stg_media__content_month") }}
)

select
    channel_code,
    content_kind,
    period,

    item_cnt,
    view_cnt,
    governance_cnt,
    appeal_in_cnt,
    appeal_done_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from contents
