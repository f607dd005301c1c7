with readings as (
    select * from {{ ref("stg_energy__meter_reading") }}
    -- A reading marked as bad measures nothing.
    where quality_flag <> 'BAD'
)

select
    uscc,
    case when direction = 'SELF_PV' then 'PV_SELF' else energy_code end as energy_code,
    period,
    county_code,
    max(_reporter_area_code) as reporter_area_code,
    -- What a firm sells on is not its own consumption; what goes to the grid or comes out of a conversion is no purchase.
    cast(sum(case when direction = 'RESOLD' then -consumption else consumption end) as decimal(20, 4)) as metered_qty,
    max(_revision) as _revision
from readings
where direction in ('PURCHASE', 'SELF_PV', 'RESOLD')
group by uscc, case when direction = 'SELF_PV' then 'PV_SELF' else energy_code end, period, county_code
