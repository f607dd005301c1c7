with assets as (
    select * from {{ ref("stg_state_assets__idle_asset") }}
)

select
    asset_code,
    valid_from,
    valid_to,
    is_current,

    area_code,
    asset_kind,
    area_sqm,
    book_value_wan,
    income_ytd_wan,
    reuse_status,

    county_code,
    _revision
from assets
