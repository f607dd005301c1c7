with nodes as (
    select * from {{ ref("int_project_nodes__versioned") }}
),

lasts as (
    select
        county_code,
        max({{ period_end("_period") }}) as last_day
    from nodes
    group by county_code
)

select
    nodes.project_code,
    nodes.node_code,

    {{ township_code("nodes.area_code") }} as area_code,
    nodes.responsible_unit,

    nodes.plan_date,
    nodes.first_plan_date,
    nodes.actual_date,
    {{ days_between("coalesce(nodes.actual_date, lasts.last_day)", "nodes.plan_date") }} as delay_day,
    {{ days_between("nodes.plan_date", "nodes.first_plan_date") }} as drift_day,
    nodes.on_time,

    nodes.county_code,
    nodes._revision,
    {{ lineage_columns() }}
from nodes
inner join lasts on nodes.county_code = lasts.county_code
where nodes.is_current
