with areas as (
    select * from {{ ref("dim_area") }}
),

years as (
    select distinct
        county_code,
        period
    from {{ ref("stg_sports__sport_venue") }}
)

select
    areas.area_code,
    years.period,
    areas.area_level,
    years.county_code
from years
inner join areas
    on years.county_code = areas.county_code
    and (areas.valid_from is null or areas.valid_from <= {{ period_end("years.period") }})
    and (areas.valid_to is null or areas.valid_to > {{ period_end("years.period") }})
