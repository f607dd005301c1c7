with clusters as (
    select * from {{ ref("stg_industrial_park__land_quota") }}
),

zones as (
    select
        county_code,
        zone_code,
        period,
        {{ year_of("period") }} as year,
        {{ number_in_year("period") }} as quarter,
        sum(stock_land_mu) as stock_land_mu,
        sum(new_quota_mu) as new_quota_mu,
        sum(new_quota_mu - quota_used_mu) as quota_left_mu,
        sum(supplied_ytd_mu) as supplied_ytd_mu,
        sum(demand_signed_mu) as demand_signed_mu,
        sum(idle_land_mu) as idle_land_mu,
        max(_revision) as _revision
    from clusters
    group by county_code, zone_code, period
),

-- A year is full at its fourth quarter; where fewer than three full years are on record, those count.
averages as (
    select
        zones.county_code,
        zones.zone_code,
        zones.period,
        avg(full_years.supplied_ytd_mu) as supply_avg_3y_mu
    from zones
    inner join zones as full_years
        on zones.county_code = full_years.county_code
        and zones.zone_code = full_years.zone_code
        and full_years.quarter = 4
        and full_years.period <= zones.period
        and full_years.year > case when zones.quarter = 4 then zones.year - 3 else zones.year - 4 end
    group by zones.county_code, zones.zone_code, zones.period
)

select
    zones.zone_code,
    zones.period,

    cast(zones.stock_land_mu as decimal(16, 2)) as stock_land_mu,
    cast(zones.new_quota_mu as decimal(16, 2)) as new_quota_mu,
    cast(zones.quota_left_mu as decimal(16, 2)) as quota_left_mu,
    cast(zones.supplied_ytd_mu as decimal(16, 2)) as supplied_ytd_mu,
    cast(zones.demand_signed_mu as decimal(16, 2)) as demand_signed_mu,
    {{ as_decimal("averages.supply_avg_3y_mu", 16, 4) }} as supply_avg_3y_mu,
    cast(zones.idle_land_mu as decimal(16, 2)) as idle_land_mu,

    zones.county_code,
    zones._revision,
    {{ lineage_columns() }}
from zones
left join averages
    on zones.county_code = averages.county_code
    and zones.zone_code = averages.zone_code
    and zones.period = averages.period
