with households as (
    select * from {{ ref("stg_agri_rural__toilet_retrofit") }}
)

select
    {{ township_code("area_code") }} as area_code,
    period,

    cast(count(*) filter (where plan_year = {{ year_of("period") }}) as integer) as plan_cnt,
    cast(count(*) filter (where accept_date is not null and accept_result in ('PASS', 'BASIC')) as integer) as accepted_cnt,
    cast(count(*) filter (where apply_date is not null and accept_date is null) as integer) as applying_cnt,
    cast(count(*) filter (where recheck_result = 'FAIL') as integer) as recheck_fail_cnt,

    county_code,
    max(_revision) as _revision,
    {{ lineage_columns() }}
from households
group by {{ township_code("area_code") }}, period, county_code
