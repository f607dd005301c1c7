with projects as (
    select * from {{ ref("int_audit_projects__versioned") }}
),

lasts as (
    select
        county_code,
        max({{ period_end("_period") }}) as last_day
    from projects
    group by county_code
)

select
    projects.audit_no,

    projects.plan_year,
    projects.audit_kind,
    projects.audit_theme,
    projects.audit_status,
    projects.plan_year = extract(year from lasts.last_day) as in_plan_year,
    projects.excellence_level,

    projects.day_cnt,
    projects.problem_amount_wan,
    projects.quality_score,

    projects.county_code,
    projects._revision,
    {{ lineage_columns() }}
from projects
inner join lasts on projects.county_code = lasts.county_code
where projects.is_current
