select
    area_code,
    period,
    gdp_ytd_wan,
    resident_population,
    data_status,
    county_code,
    _revision
from {{ ref("stg_statistics__regional_accounts") }}
