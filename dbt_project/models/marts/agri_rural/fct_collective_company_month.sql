with companies as (
    select * from {{ ref("stg_agri_rural__collective_company") }}
)

select
    uscc,
    period,

    {{ township_code("area_code") }} as area_code,
    revenue_ytd_wan,
    profit_wan,
    village_share_wan,
    village_share_cnt,
    employ_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from companies
