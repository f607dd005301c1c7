select
    uscc,
    energy_code,
    period,
    consume_qty,
    county_code,
    _revision
from {{ ref("stg_energy__fuel_consumption") }}
