with entities as (
    select * from {{ ref("dim_market_entity") }}
),

years as (
    select distinct
        county_code,
        year,
        year_end
    from {{ ref("int_parcels__valid_at_year_end") }}
),

-- The entry valid at the end of the year; a register that starts later speaks with its first entry.
ranked as (
    select
        entities.*,
        years.year,
        row_number() over (
            partition by entities.county_code, entities.uscc, years.year
            order by
                case when entities.valid_from <= years.year_end then 0 else 1 end,
                case when entities.valid_from <= years.year_end then entities.valid_from end desc,
                entities.valid_from
        ) as nearness
    from entities
    inner join years on entities.county_code = years.county_code
)

select
    county_code,
    uscc,
    year,
    reg_status,
    found_date
from ranked
where nearness = 1
