with services as (
    select * from {{ ref("stg_red_cross__humanitarian_service") }}
)

select
    service_kind,
    area_code,
    period,

    sum(household_cnt) as household_cnt,
    sum(person_cnt) as person_cnt,
    sum(donate_cnt) as donate_cnt,
    cast(sum(income_yuan) as decimal(18, 2)) as income_yuan,
    cast(sum(spend_yuan) as decimal(18, 2)) as spend_yuan,
    sum(demo_site_cnt) as demo_site_cnt,

    county_code,
    max(_revision) as _revision,
    {{ lineage_columns() }}
from services
group by county_code, service_kind, area_code, period
