with projects as (
    select * from {{ ref("int_high_energy_projects__versioned") }}
)

select
    project_code,

    two_high,
    review_status,
    energy_demand_tce,
    substitute_energy_tce,
    blocked,

    county_code,
    _revision,
    {{ lineage_columns() }}
from projects
where is_current
