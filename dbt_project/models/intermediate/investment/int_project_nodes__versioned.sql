with nodes as (
    select * from {{ ref("stg_investment__project_node") }}
),

registered as (
    select * from {{ ref("stg_investment__project_register") }}
    where is_current
)

select
    nodes.project_code,
    nodes.node_code,
    nodes.valid_from,
    nodes.valid_to,
    nodes.is_current,

    registered.area_code,
    nodes.plan_date,
    nodes.plan_version,
    -- The due date that was promised first; where version 1 never came, the lowest version known.
    first_value(nodes.plan_date) over (
        partition by nodes.county_code, nodes.project_code, nodes.node_code
        order by nodes.plan_version, nodes.valid_from
        rows between unbounded preceding and unbounded following
    ) as first_plan_date,
    nodes.actual_date,
    nodes.actual_date <= nodes.plan_date as on_time,
    nodes.responsible_unit,

    nodes.county_code,
    nodes._period,
    nodes._revision
from nodes
left join registered
    on nodes.county_code = registered.county_code
    and nodes.project_code = registered.project_code
