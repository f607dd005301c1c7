with parcels as (
    select * from {{ ref("fct_parcel_evaluation") }}
)

select
    area_code,
    coalesce(zone_code, '') as zone_code,
    period,
    grade,

    cast(count(*) as integer) as parcel_cnt,
    cast(sum(parcel_area_mu) as decimal(18, 2)) as parcel_area_mu,
    cast(sum(tax_wan) as decimal(18, 4)) as tax_wan,
    cast(count(*) filter (where low_efficiency) as integer) as low_efficiency_cnt,
    cast(sum(far_potential_sqm) as decimal(18, 2)) as far_potential_sqm,

    county_code,
    max(_revision) as _revision,
    {{ lineage_columns() }}
from parcels
group by county_code, area_code, coalesce(zone_code, ''), period, grade
