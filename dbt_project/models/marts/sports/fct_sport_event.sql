with events as (
    select * from {{ ref("stg_sports__sport_event") }}
)

select
    event_no,
    -- An event counts when it is over: a league that runs into the next quarter is delivered then.
    {{ period_of("end_date", "quarterly") }} as period,

    event_kind,
    sport_item,

    participant_cnt,
    match_cnt,
    -- Certificates are given in courses only and players are picked in camps only: elsewhere a blank is none.
    case when event_kind = 'COURSE' then certified_cnt else coalesce(certified_cnt, 0) end as certified_cnt,
    case when event_kind = 'CAMP' then selected_cnt else coalesce(selected_cnt, 0) end as selected_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from events
