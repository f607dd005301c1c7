with projects as (
    select * from {{ ref("stg_investment__project_register") }}
),

reports as (
    select * from {{ ref("stg_investment__project_monthly") }}
),

nodes as (
    select * from {{ ref("stg_investment__project_node") }}
),

issues as (
    select * from {{ ref("stg_investment__coordination_issue") }}
),

funds as (
    select * from {{ ref("stg_investment__fund_item") }}
),

-- A month is there as soon as one of the forms about projects was delivered for it.
delivered as (
    select
        county_code,
        _period
    from projects
    union all
    select
        county_code,
        _period
    from reports
    union all
    select
        county_code,
        _period
    from nodes
    union all
    select
        county_code,
        _period
    from issues
    union all
    select
        county_code,
        _period
    from funds
),

spans as (
    select
        county_code,
        min(_period) as first_period,
        max(_period) as last_period
    from delivered
    group by county_code
),

months as (
    select
        spans.county_code,
        periods.period,
        periods.period_end,
        periods.year,
        make_date(periods.year, 1, 1) as year_start
    from spans
    inner join {{ ref("dim_period") }} as periods
        on periods.frequency = 'monthly'
        and periods.period between spans.first_period and spans.last_period
)

select
    projects.project_code,
    months.period,
    months.period_end,
    months.year,
    months.year_start,
    projects.builder_uscc,
    projects.area_code,
    projects.zone_code,
    projects.project_category,
    projects.is_industrial,
    projects.pipeline_stage,
    projects.total_invest_wan,
    projects.land_demand_mu,
    projects.plan_year,
    projects.start_date,
    projects.plan_finish_date,
    projects.finish_date,
    projects.stat_in_date,
    projects.county_code,
    projects._revision
from projects
inner join months
    on projects.county_code = months.county_code
    and {{ valid_at("projects", "months.period_end") }}
