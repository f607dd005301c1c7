with assets as (
    select * from {{ ref("int_idle_assets__versioned") }}
)

select
    asset_code,

    asset_kind,
    reuse_status,

    area_sqm,
    book_value_wan,
    income_ytd_wan,

    county_code,
    _revision,
    {{ lineage_columns() }}
from assets
where is_current
