with parcels as (
    select * from {{ ref("int_industrial_parcels__versioned") }}
)

select
    parcel_code,
    valid_from,
    valid_to,

    area_code,
    zone_code,
    holder_uscc,
    parcel_area_mu,
    parcel_status,
    far_actual,
    start_delay_day,
    invest_gap_per_mu,

    county_code,
    _revision,
    {{ lineage_columns() }}
from parcels
