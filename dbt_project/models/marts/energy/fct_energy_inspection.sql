with inspections as (
    select * from {{ ref("stg_energy__inspection") }}
    where is_current
),

users as (
    select * from {{ ref("int_energy_users__versioned") }}
)

select
    inspections.inspection_no,
    {{ period_of("inspections.inspection_date", "quarterly") }} as period,

    inspections.uscc,
    inspections.inspection_kind,
    inspections.limit_exceeded,

    inspections.meter_have_cnt,
    inspections.meter_need_cnt,
    inspections.problem_cnt,
    inspections.rectified_cnt,

    coalesce(users.county_code, inspections.county_code) as county_code,
    inspections._revision,
    {{ lineage_columns() }}
from inspections
left join users
    on inspections.county_code = users.county_code
    and inspections.uscc = users.uscc
    and {{ valid_at("users", "inspections.inspection_date") }}
