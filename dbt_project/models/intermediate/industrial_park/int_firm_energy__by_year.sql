with years as (
    select * from {{ ref("fct_energy_user_year") }}
    where tce_equivalent_ytd is not null
),

lists as (
    select * from {{ ref("stg_energy__energy_user") }}
),

reports as (
    select
        county_code,
        uscc,
        {{ year_of("period") }} as year,
        tce_equivalent_ytd as used_tce,
        row_number() over (partition by county_code, uscc, {{ year_of("period") }} order by period desc) as recency
    from years
),

reported as (
    select * from reports
    where recency = 1
),

-- The list that is made in a year states the use of the year before.
statements as (
    select
        county_code,
        uscc,
        {{ year_of("period") }} - 1 as year,
        last_year_tce as used_tce,
        row_number() over (partition by county_code, uscc, {{ year_of("period") }} order by valid_from desc) as recency
    from lists
),

stated as (
    select * from statements
    where recency = 1
)

select
    coalesce(reported.county_code, stated.county_code) as county_code,
    coalesce(reported.uscc, stated.uscc) as uscc,
    coalesce(reported.year, stated.year) as year,
    cast(coalesce(reported.used_tce, stated.used_tce) as decimal(18, 4)) as used_tce
from reported
full outer join stated
    on reported.county_code = stated.county_code
    and reported.uscc = stated.uscc
    and reported.year = stated.year
