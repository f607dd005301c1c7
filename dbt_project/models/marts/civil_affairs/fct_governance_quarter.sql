with villages as (
    select * from {{ ref("stg_civil_affairs__community_governance") }}
)

select
    area_code,
    period,

    event_reported_cnt,
    event_closed_cnt,
    council_meeting_cnt,
    smart_community,
    clean_day_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from villages
