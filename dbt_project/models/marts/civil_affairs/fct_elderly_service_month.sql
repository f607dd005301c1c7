with people as (
    select * from {{ ref("int_elderly_services__by_person") }}
)

select
    area_code,
    service_kind,
    period,

    count(distinct case when recipient_cnt = 1 then recipient_id_no end) as recipient_cnt,
    cast(sum(accepted_cnt) as bigint) as accepted_cnt,
    cast(sum(service_cnt) as bigint) as service_cnt,
    cast(sum(service_hour) as decimal(12, 2)) as service_hour,
    cast(sum(fee_yuan) as decimal(16, 2)) as fee_yuan,
    cast(sum(satisfied_cnt) as bigint) as satisfied_cnt,
    cast(sum(rated_cnt) as bigint) as rated_cnt,

    county_code,
    max(_revision) as _revision,
    {{ lineage_columns() }}
from people
group by area_code, service_kind, period, county_code
