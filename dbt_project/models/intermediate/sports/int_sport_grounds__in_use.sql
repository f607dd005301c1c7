with grounds as (
    select * from {{ ref("stg_sports__sport_venue") }}
),

years as (
    select distinct
        county_code,
        period
    from grounds
)

-- A ground is on the list from the year of its first delivery; each year sees the version of its last day.
select
    grounds.venue_code,
    years.period,

    {{ township_code("grounds.area_code") }} as area_code,
    grounds.area_code as place_code,
    grounds.venue_level,
    grounds.ground_area_sqm,

    years.county_code,
    grounds._revision
from years
inner join grounds
    on years.county_code = grounds.county_code
    and {{ valid_at("grounds", period_end("years.period")) }}
where grounds.venue_status = 'IN_USE'
