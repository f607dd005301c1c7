with petitions as (
    select * from {{ ref("stg_veterans__petition_case") }}
    where is_current
)

select
    case_no,
    {{ period_of("accept_date", "monthly") }} as period,

    petition_kind,
    coalesce(close_date <= due_date, false) as closed_in_time,
    is_escalated,

    {{ days_between("close_date", "accept_date") }} as days_open,

    county_code,
    _revision,
    {{ lineage_columns() }}
from petitions
