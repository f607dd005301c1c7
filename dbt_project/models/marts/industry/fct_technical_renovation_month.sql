with projects as (
    select * from {{ ref("stg_industry__technical_renovation") }}
)

select
    project_code,
    period,

    {{ township_code("area_code") }} as area_code,
    {{ industry_division("industry_code") }} as industry_division,
    renovation_type,
    invest_current_wan,
    invest_ytd_wan,
    invest_ytd_ly_wan,

    county_code,
    _revision,
    {{ lineage_columns() }}
from projects
