with parcels as (
    select * from {{ ref("int_industrial_parcels__versioned") }}
),

register as (
    select * from {{ ref("stg_natural_resources__industrial_parcel") }}
),

surveys as (
    select * from {{ ref("stg_industrial_park__parcel_occupancy") }}
),

taxes as (
    select * from {{ ref("stg_tax__enterprise_tax") }}
),

evaluations as (
    select * from {{ ref("stg_industry__enterprise_evaluation") }}
),

-- A year is evaluated as soon as one of the sources has closed it; what the others lack is then visible.
closed as (
    select
        county_code,
        {{ year_of("period") }} as year
    from register
    where {{ number_in_year("period") }} = 12
    union
    select
        county_code,
        {{ year_of("period") }} as year
    from surveys
    where {{ number_in_year("period") }} = 2
    union
    select
        county_code,
        {{ year_of("period") }} as year
    from taxes
    where {{ number_in_year("period") }} = 4
    union
    select
        county_code,
        {{ year_of("period") }} as year
    from evaluations
),

years as (
    select
        county_code,
        year,
        make_date(year, 12, 31) as year_end
    from closed
)

select
    parcels.county_code,
    parcels.parcel_code,
    years.year,
    years.year_end,

    parcels.area_code,
    parcels.zone_code,
    parcels.holder_uscc,
    parcels.parcel_area_mu,
    parcels.parcel_status,
    parcels.plan_finish_date,
    parcels.contract_tax_per_mu,
    parcels.built_ratio,
    parcels.far_actual,
    parcels.far_max,
    -- When the buildings came into use; an old parcel in use without a date counts from its supply.
    case
        when parcels.parcel_status in ('BUILDING', 'IDLE') then null
        when parcels.finish_date is not null then parcels.finish_date
        when parcels.parcel_status = 'IN_USE' then coalesce(parcels.supply_date, cast('1900-01-01' as date))
    end as in_use_since,
    parcels._revision
from parcels
inner join years
    on parcels.county_code = years.county_code
    and parcels.valid_from <= years.year_end
    and parcels.valid_to > years.year_end
where parcels.parcel_status not in ('UNSUPPLIED', 'RECLAIMED')
