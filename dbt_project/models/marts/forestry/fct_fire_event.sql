with events as (
    select * from {{ ref("stg_forestry__fire_event") }}
    where is_current
)

select
    event_no,
    {{ period_of("discovered_at", "monthly") }} as period,

    {{ township_code("area_code") }} as area_code,
    event_kind,
    {{ as_decimal(minutes_between("arrived_at", "discovered_at"), 14, 2) }} as response_min,
    {{ as_decimal(minutes_between("controlled_at", "arrived_at"), 14, 2) }} as control_min,
    {{ as_decimal(minutes_between("reported_at", "discovered_at"), 14, 2) }} as report_min,
    affected_mu,
    casualty_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from events
