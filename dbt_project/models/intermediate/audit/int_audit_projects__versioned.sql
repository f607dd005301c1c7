with projects as (
    select * from {{ ref("stg_audit__audit_project") }}
)

select
    audit_no,
    valid_from,
    valid_to,
    is_current,

    plan_year,
    audit_kind,
    audit_theme,
    audit_status,
    {{ days_between("report_date", "start_date") }} as day_cnt,
    problem_amount_wan,
    quality_score,
    excellence_level,

    county_code,
    _period,
    _revision
from projects
