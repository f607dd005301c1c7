with projects as (
    select * from {{ ref("int_projects__by_month") }}
),

nodes as (
    select * from {{ ref("int_project_nodes__versioned") }}
),

issues as (
    select * from {{ ref("int_coordination_issues__versioned") }}
),

funds as (
    select * from {{ ref("int_fund_items__versioned") }}
),

parcels as (
    select * from {{ ref("stg_natural_resources__industrial_parcel") }}
),

late_nodes as (
    select
        projects.county_code,
        projects.project_code,
        projects.period,
        count(*) as late_node_cnt,
        max({{ days_between("projects.period_end", "nodes.plan_date") }}) as max_late_day
    from projects
    inner join nodes
        on projects.county_code = nodes.county_code
        and projects.project_code = nodes.project_code
        and {{ valid_at("nodes", "projects.period_end") }}
    where nodes.plan_date < projects.period_end and nodes.actual_date is null
    group by projects.county_code, projects.project_code, projects.period
),

open_issues as (
    select
        projects.county_code,
        projects.project_code,
        projects.period,
        count(*) as open_issue_cnt
    from projects
    inner join issues
        on projects.county_code = issues.county_code
        and projects.project_code = issues.project_code
        and {{ valid_at("issues", "projects.period_end") }}
    where issues.issue_status <> 'CLOSED'
    group by projects.county_code, projects.project_code, projects.period
),

grants as (
    select
        projects.county_code,
        projects.project_code,
        projects.period,
        sum(funds.granted_wan) as granted_wan
    from projects
    inner join funds
        on projects.county_code = funds.county_code
        and projects.project_code = funds.project_code
        and {{ valid_at("funds", "projects.period_end") }}
        and funds.grant_date <= projects.period_end
    group by projects.county_code, projects.project_code, projects.period
),

-- Land is linked by who holds it: parcels that the builder got since the project was filed (YYMM of its code).
land as (
    select
        projects.county_code,
        projects.project_code,
        projects.period,
        sum(parcels.parcel_area_mu) as parcel_mu
    from projects
    inner join parcels
        on projects.county_code = parcels.county_code
        and projects.builder_uscc = parcels.holder_uscc
        and {{ valid_at("parcels", "projects.period_end") }}
        and parcels.supply_date <= projects.period_end
        and {{ period_of("parcels.supply_date", "monthly") }}
        >= ('20' || substr(projects.project_code, 1, 2) || '-' || substr(projects.project_code, 3, 2))
    where projects.land_demand_mu is not null
    group by projects.county_code, projects.project_code, projects.period
)

select
    projects.project_code,
    projects.period,

    coalesce(late_nodes.late_node_cnt, 0) as late_node_cnt,
    coalesce(late_nodes.max_late_day, 0) as max_late_day,
    coalesce(open_issues.open_issue_cnt, 0) as open_issue_cnt,
    cast(coalesce(grants.granted_wan, 0) as decimal(18, 2)) as granted_wan,
    cast(projects.land_demand_mu - coalesce(land.parcel_mu, 0) as decimal(14, 2)) as land_gap_mu,

    projects.county_code
from projects
left join late_nodes
    on projects.county_code = late_nodes.county_code
    and projects.project_code = late_nodes.project_code
    and projects.period = late_nodes.period
left join open_issues
    on projects.county_code = open_issues.county_code
    and projects.project_code = open_issues.project_code
    and projects.period = open_issues.period
left join grants
    on projects.county_code = grants.county_code
    and projects.project_code = grants.project_code
    and projects.period = grants.period
left join land
    on projects.county_code = land.county_code
    and projects.project_code = land.project_code
    and projects.period = land.period
