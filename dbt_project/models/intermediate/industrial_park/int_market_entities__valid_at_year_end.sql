with entities as (
    select * from {{ ref("dim_market_entity") }}
),

parcels as (
    select * from {{ ref("int_parcels__valid_at_year_end") }}
),

occupiers as (
    select * from {{ ref("int_parcel_occupiers__shared") }}
),

-- Who holds or occupies a parcel. The credit code is national: such a firm may be registered in another county.
firms as (
    select
        county_code,
        holder_uscc as uscc,
        year
    from parcels
    union
    select
        county_code,
        uscc,
        year
    from occupiers
),

-- The entry valid at the end of the year; a register that starts later speaks with its first entry.
ranked as (
    select
        firms.county_code,
        firms.uscc,
        firms.year,
        entities.county_code as registered_county_code,
        entities.valid_from,
        entities.reg_status,
        entities.found_date,
        row_number() over (
            partition by firms.county_code, firms.uscc, firms.year, entities.county_code
            order by
                case when entities.valid_from <= make_date(firms.year, 12, 31) then 0 else 1 end,
                case when entities.valid_from <= make_date(firms.year, 12, 31) then entities.valid_from end desc,
                entities.valid_from
        ) as nearness
    from firms
    inner join entities on firms.uscc = entities.uscc
),

-- The county's own register is heard first; of a firm that moved out the one of where it went.
chosen as (
    select
        ranked.*,
        row_number() over (
            partition by county_code, uscc, year
            order by
                case when reg_status = 'MOVED_OUT' then 1 else 0 end,
                case when registered_county_code = county_code then 0 else 1 end,
                valid_from desc,
                registered_county_code
        ) as choice
    from ranked
    where nearness = 1
)

select
    county_code,
    uscc,
    year,
    reg_status,
    found_date
from chosen
where choice = 1
