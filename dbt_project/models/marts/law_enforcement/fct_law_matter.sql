with matters as (
    select * from {{ ref("stg_law_enforcement__joint_coordination") }}
    where is_current
)

select
    matter_no,
    {{ period_of("raise_date", "quarterly") }} as period,

    matter_kind,
    handle_date is not null as handled,
    {{ days_between("handle_date", "raise_date") }} as handle_day,

    county_code,
    _revision,
    {{ lineage_columns() }}
from matters
