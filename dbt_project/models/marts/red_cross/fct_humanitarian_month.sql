with services as (
    select * from {{ ref("stg_red_cross__humanitarian_service") }}
)

select
    service_kind,
    area_code,
    period,

    cast(sum(household_cnt) as bigint) as household_cnt,
    cast(sum(person_cnt) as bigint) as person_cnt,
    cast(sum(donate_cnt) as bigint) as donate_cnt,
    cast(sum(income_yuan) as decimal(18, 2)) as income_yuan,
    cast(sum(spend_yuan) as decimal(18, 2)) as spend_yuan,
    cast(sum(demo_site_cnt) as bigint) as demo_site_cnt,

    county_code,
    max(_revision) as _revision,
    {{ lineage_columns() }}
from services
group by county_code, service_kind, area_code, period
