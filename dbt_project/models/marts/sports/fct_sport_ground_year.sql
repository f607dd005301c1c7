with grounds as (
    select * from {{ ref("int_sport_grounds__in_use") }}
),

areas as (
    select * from {{ ref("int_areas__in_force_by_year") }}
),

people as (
    select * from {{ ref("int_people__counted_by_year") }}
),

summed as (
    select
        county_code,
        period,
        area_code,
        sum(ground_area_sqm) as ground_area_sqm,
        count(*) as ground_cnt,
        max(_revision) as _revision
    from grounds
    group by county_code, period, area_code
),

covered as (
    select distinct
        period,
        place_code
    from grounds
    where venue_level = 'VILLAGE'
),

villages as (
    select
        areas.period,
        {{ township_code("areas.area_code") }} as area_code,
        count(*) as village_cnt,
        count(covered.place_code) as village_covered_cnt
    from areas
    left join covered
        on areas.period = covered.period
        and areas.area_code = covered.place_code
    where areas.area_level = 'village'
    group by areas.period, {{ township_code("areas.area_code") }}
),

-- Townships without any ground belong to the denominator; a ground may also name its county only.
spine as (
    select
        county_code,
        period,
        area_code
    from areas
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
    from people
)

select
    spine.area_code,
    spine.period,

    cast(coalesce(summed.ground_area_sqm, 0) as decimal(16, 2)) as ground_area_sqm,
    coalesce(summed.ground_cnt, 0) as ground_cnt,
    coalesce(villages.village_covered_cnt, 0) as village_covered_cnt,
    coalesce(villages.village_cnt, 0) as village_cnt,
    people.resident_population,

    spine.county_code,
    greatest(coalesce(summed._revision, 1), coalesce(people._revision, 1)) as _revision,
    {{ lineage_columns() }}
from spine
left join summed
    on spine.county_code = summed.county_code
    and spine.period = summed.period
    and spine.area_code = summed.area_code
left join villages
    on spine.period = villages.period
    and spine.area_code = villages.area_code
left join people
    on spine.period = people.period
    and spine.area_code = people.area_code
