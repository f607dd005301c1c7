with issues as (
    select * from {{ ref("int_coordination_issues__versioned") }}
)

select
    issue_no,

    meeting_no,
    meeting_date,
    issue_category,
    responsible_unit,

    raise_date,
    close_date,
    days_open,
    is_closed,
    is_overdue,

    county_code,
    _revision,
    {{ lineage_columns() }}
from issues
where is_current
