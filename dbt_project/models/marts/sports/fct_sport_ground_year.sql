with grounds as (
    select * from {{ ref("stg_sports__sport_venue") }}
),

areas as (
    select * from {{ ref("dim_area") }}
),

accounts as (
    select * from {{ ref("dim_area_period") }}
),

years as (
    select distinct
        county_code,
        period
    from grounds
),

-- A ground is on the list from the year of its first delivery; each year sees the version of its last day.
in_use as (
    select
        years.county_code,
        years.period,
        {{ township_code("grounds.area_code") }} as area_code,
        grounds.area_code as place_code,
        grounds.venue_level,
        grounds.ground_area_sqm,
        grounds._revision
    from years
    inner join grounds
        on years.county_code = grounds.county_code
        and {{ valid_at("grounds", period_end("years.period")) }}
    where grounds.venue_status = 'IN_USE'
),

summed as (
    select
        county_code,
        period,
        area_code,
        sum(ground_area_sqm) as ground_area_sqm,
        count(*) as ground_cnt,
        max(_revision) as _revision
    from in_use
    group by county_code, period, area_code
),

in_force as (
    select
        years.county_code,
        years.period,
        areas.area_code,
        areas.area_level
    from years
    inner join areas
        on years.county_code = areas.county_code
        and (areas.valid_from is null or areas.valid_from <= {{ period_end("years.period") }})
        and (areas.valid_to is null or areas.valid_to > {{ period_end("years.period") }})
),

village_grounds as (
    select distinct
        period,
        place_code
    from in_use
    where venue_level = 'VILLAGE'
),

villages as (
    select
        in_force.period,
        {{ township_code("in_force.area_code") }} as area_code,
        count(*) as village_cnt,
        count(village_grounds.place_code) as village_covered_cnt
    from in_force
    left join village_grounds
        on in_force.period = village_grounds.period
        and in_force.area_code = village_grounds.place_code
    where in_force.area_level = 'village'
    group by in_force.period, {{ township_code("in_force.area_code") }}
),

-- People at the end of the year, or the latest known before it.
people as (
    select
        in_force.county_code,
        in_force.period,
        in_force.area_code,
        in_force.area_level,
        accounts.resident_population,
        accounts._revision,
        row_number() over (partition by in_force.area_code, in_force.period order by accounts.period desc) as recency
    from in_force
    inner join accounts
        on in_force.area_code = accounts.area_code
        and accounts.period <= in_force.period || '-Q4'
    where in_force.area_level in ('county', 'township')
        and accounts.resident_population is not null
),

-- The people of the townships make up the county's. Where none of them was counted, the county's own figure stands.
counted as (
    select * from people
    where recency = 1
        and (
            area_level = 'township'
            or not exists (
                select 1 from people as township
                where township.area_level = 'township'
                    and township.county_code = people.county_code
                    and township.period = people.period
            )
        )
),

-- Townships without any ground belong to the denominator; a ground may also name its county only.
spine as (
    select
        county_code,
        period,
        area_code
    from in_force
    where area_level = 'township'
    union
    select
        county_code,
        period,
        area_code
    from summed
    union
    select
        county_code,
        period,
        area_code
    from counted
)

select
    spine.area_code,
    spine.period,

    cast(coalesce(summed.ground_area_sqm, 0) as decimal(16, 2)) as ground_area_sqm,
    coalesce(summed.ground_cnt, 0) as ground_cnt,
    coalesce(villages.village_covered_cnt, 0) as village_covered_cnt,
    coalesce(villages.village_cnt, 0) as village_cnt,
    counted.resident_population,

    spine.county_code,
    greatest(coalesce(summed._revision, 1), coalesce(counted._revision, 1)) as _revision,
    {{ lineage_columns() }}
from spine
left join summed
    on spine.county_code = summed.county_code
    and spine.period = summed.period
    and spine.area_code = summed.area_code
left join villages
    on spine.period = villages.period
    and spine.area_code = villages.area_code
left join counted
    on spine.period = counted.period
    and spine.area_code = counted.area_code
