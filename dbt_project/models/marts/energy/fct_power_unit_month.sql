{%- set kj_per_kgce = 29307.6 -%}
with units as (
    select * from {{ ref("stg_energy__power_unit") }}
)

select
    unit_code,
    period,

    uscc,
    retrofit_kind,
    retrofit_status,

    generation_kwh,
    supply_kwh,
    {{ as_decimal("coal_t * coal_ncv_kj / " ~ kj_per_kgce, 18, 4) }} as coal_tce,
    supply_coal_rate,

    county_code,
    _revision,
    {{ lineage_columns() }}
from units
