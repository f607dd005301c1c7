select
    uscc,
    area_code,
    zone_code,
    connected,
    connect_date,
    false as is_new_ytd,
    valid_from,
    valid_to,
    county_code,
    _revision
from {{ ref("stg_energy__energy_user") }}
