with issues as (
    select * from {{ ref("stg_investment__coordination_issue") }}
),

meetings as (
    select * from {{ ref("stg_investment__coordination_meeting") }}
),

lasts as (
    select
        county_code,
        max({{ period_end("_period") }}) as last_day
    from issues
    group by county_code
),

dated as (
    select
        issues.*,
        meetings.meeting_date,
        -- The last day that a version speaks for.
        coalesce({{ day_before("issues.valid_to") }}, lasts.last_day) as seen_on
    from issues
    inner join lasts on issues.county_code = lasts.county_code
    left join meetings
        on issues.county_code = meetings.county_code
        and issues.meeting_no = meetings.meeting_no
)

select
    issue_no,
    valid_from,
    valid_to,
    is_current,

    meeting_no,
    meeting_date,
    project_code,
    issue_category,
    issue_status,
    responsible_unit,
    raise_date,
    due_date,
    close_date,
    coalesce(issue_status = 'CLOSED' and close_date <= seen_on, false) as is_closed,
    {{ days_between("coalesce(case when issue_status = 'CLOSED' then close_date end, seen_on)", "raise_date") }} as days_open,
    coalesce(case when issue_status = 'CLOSED' then close_date end, seen_on) > due_date as is_overdue,

    county_code,
    _period,
    _revision
from dated
