with people as (
    select * from {{ ref("int_veteran_services__by_person") }}
),

summed as (
    select
        area_code,
        service_kind,
        period,
        count(distinct veteran_id_no) as person_cnt,
        cast(sum(service_cnt) as bigint) as service_cnt,
        sum(benefit_yuan) as benefit_yuan,
        county_code,
        max(_revision) as _revision
    from people
    group by area_code, service_kind, period, county_code
)

select
    area_code,
    service_kind,
    period,

    -- A cell with few people says what one of them gets: it stays, its figures do not.
    case when person_cnt >= {{ var("min_persons") }} then person_cnt end as person_cnt,
    case when person_cnt >= {{ var("min_persons") }} then service_cnt end as service_cnt,
    cast(case when person_cnt >= {{ var("min_persons") }} then benefit_yuan end as decimal(16, 2)) as benefit_yuan,

    county_code,
    _revision,
    {{ lineage_columns() }}
from summed
