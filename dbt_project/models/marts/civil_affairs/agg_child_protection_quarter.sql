with children as (
    select * from {{ ref("int_children__by_quarter") }}
)

select
    area_code,
    child_kind,
    period,

    count(distinct child_id_no) as child_cnt,
    cast(sum(visited_cnt) as bigint) as visited_cnt,
    cast(sum(allowance_yuan) as decimal(16, 2)) as allowance_yuan,
    cast(sum(high_risk_cnt) as bigint) as high_risk_cnt,
    cast(sum(adoption_done_cnt) as bigint) as adoption_done_cnt,

    county_code,
    max(_revision) as _revision,
    {{ lineage_columns() }}
from children
group by area_code, child_kind, period, county_code
