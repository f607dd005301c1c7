with projects as (
    select * from {{ ref("int_projects__by_month") }}
),

reports as (
    select * from {{ ref("stg_investment__project_monthly") }}
),

matters as (
    select * from {{ ref("int_project_matters__by_month") }}
),

joined as (
    select
        projects.*,
        reports.project_code is null as is_report_missing,
        reports.slow_reason,
        -- Progress is never carried forward: a month without a report has none.
        cast(coalesce(reports.invest_current_wan, 0) as decimal(16, 2)) as invest_current_wan,
        cast(coalesce(reports.invest_ytd_wan, 0) as decimal(16, 2)) as invest_ytd_wan,
        cast(coalesce(reports.plan_year_wan, 0) as decimal(16, 2)) as plan_year_wan,
        matters.late_node_cnt,
        matters.max_late_day,
        matters.open_issue_cnt,
        matters.granted_wan,
        matters.land_gap_mu
    from projects
    inner join matters
        on projects.county_code = matters.county_code
        and projects.project_code = matters.project_code
        and projects.period = matters.period
    left join reports
        on projects.county_code = reports.county_code
        and projects.project_code = reports.project_code
        and projects.period = reports.period
)

select
    project_code,
    period,

    {{ township_code("area_code") }} as area_code,
    zone_code,
    project_category,
    pipeline_stage,
    plan_year as plan_year_list,
    slow_reason,
    case when max_late_day > 30 then 'RED' when max_late_day > 0 then 'YELLOW' else 'GREEN' end as light,

    is_industrial,
    coalesce(stat_in_date between year_start and period_end, false) as new_stat_ytd,
    coalesce(extract(year from plan_finish_date) = year, false) as plan_finish_this_year,
    coalesce(finish_date between year_start and period_end, false) as finished_ytd,
    coalesce(plan_year = year + 1, false) as is_next_year_plan,
    is_report_missing,

    total_invest_wan,
    invest_current_wan,
    invest_ytd_wan,
    plan_year_wan,
    granted_wan,
    land_gap_mu,
    late_node_cnt,
    max_late_day,
    open_issue_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from joined
