with areas as (
    select * from {{ ref("int_areas__in_force_by_year") }}
    where area_level in ('county', 'township')
),

accounts as (
    select * from {{ ref("dim_area_period") }}
    where resident_population is not null
),

-- People at the end of the year, or the latest known before it.
known as (
    select
        areas.area_code,
        areas.period,
        areas.area_level,
        accounts.resident_population,
        areas.county_code,
        accounts._revision,
        row_number() over (partition by areas.area_code, areas.period order by accounts.period desc) as recency
    from areas
    inner join accounts
        on areas.area_code = accounts.area_code
        and accounts.period <= areas.period || '-Q4'
),

latest as (
    select * from known
    where recency = 1
),

with_townships as (
    select distinct
        county_code,
        period
    from latest
    where area_level = 'township'
)

-- The people of the townships make up the county's. Where none of them was counted, the county's own figure stands.
select
    latest.area_code,
    latest.period,
    latest.resident_population,
    latest.county_code,
    latest._revision
from latest
left join with_townships
    on latest.county_code = with_townships.county_code
    and latest.period = with_townships.period
where latest.area_level = 'township' or with_townships.period is null
