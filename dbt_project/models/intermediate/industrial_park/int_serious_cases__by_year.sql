with cases as (
    select * from {{ ref("stg_law_enforcement__penalty_case") }}
    where is_current and subject_uscc is not null
)

-- Serious is what a committee has to discuss. No dataset reports safety cases apart.
select
    county_code,
    subject_uscc as uscc,
    cast(extract(year from decide_date) as integer) as year,
    count(*) as case_cnt
from cases
where case_kind = 'ENVIRONMENT'
    and review_level = 'COMMITTEE'
    and decide_date is not null
group by county_code, subject_uscc, cast(extract(year from decide_date) as integer)
