with projects as (
    select * from {{ ref("stg_energy__distributed_pv") }}
),

months as (
    select distinct
        county_code,
        period,
        {{ period_end("period") }} as last_day
    from projects
),

-- Capacity is a stock: a project stands in every month from its first delivery to the latest one of the county.
states as (
    select
        projects.pv_code,
        months.period,
        projects.area_code,
        projects.roof_kind,
        projects.owner_kind,
        projects.capacity_kw,
        projects.grid_date,
        projects.substation_limit,
        projects.county_code,
        projects._revision,
        -- Energy is a flow: it belongs to the month that it was delivered for and is never carried forward.
        cast(case when projects.period = months.period then projects.generation_kwh end as decimal(14, 2)) as generation_kwh,
        cast(case when projects.period = months.period then projects.self_use_kwh end as decimal(14, 2)) as self_use_kwh,
        cast(case when projects.period = months.period then projects.grid_kwh end as decimal(14, 2)) as grid_kwh
    from projects
    inner join months
        on projects.county_code = months.county_code
        and {{ valid_at("projects", "months.last_day") }}
    -- A project announced with a later date of connection has no capacity yet.
    where projects.grid_date is null or projects.grid_date <= months.last_day
)

select
    pv_code,
    period,

    {{ township_code("area_code") }} as area_code,
    roof_kind,
    owner_kind,
    substation_limit,
    coalesce({{ year_of("period") }} = extract(year from grid_date), false) as is_new_ytd,
    {{ area_level("area_code") }} = 'village' as village_with_pv,

    capacity_kw,
    generation_kwh,
    self_use_kwh,
    grid_kwh,
    {{ as_decimal("generation_kwh / nullif(capacity_kw, 0)", 20, 4) }} as util_hour,

    county_code,
    _revision,
    {{ lineage_columns() }}
from states
