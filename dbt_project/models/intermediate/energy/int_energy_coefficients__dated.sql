with types as (
    select * from {{ ref("seed_energy_type") }}
),

rates as (
    select
        cast(code as integer) as rate_year,
        kgce_per_kwh,
        coefficient_status
    from {{ ref("seed_energy_equivalent_rate") }}
),

years as (
    select distinct year from {{ ref("dim_period") }}
),

-- Electricity counts with the coal rate of the year before. Where that year was not published, the latest
-- earlier year stands in for it, else the earliest one.
ranked as (
    select
        years.year,
        rates.rate_year,
        rates.kgce_per_kwh,
        rates.coefficient_status,
        row_number() over (
            partition by years.year
            order by
                case when rates.rate_year < years.year then 0 else 1 end,
                abs(years.year - 1 - rates.rate_year)
        ) as choice
    from years
    cross join rates
),

dated as (
    select * from ranked
    where choice = 1
)

select
    types.code as energy_code,
    dated.year,
    types.natural_unit,
    cast(types.calorific_kgce as decimal(14, 6)) as coef_calorific,
    cast(
        case
            when types.code = 'ELEC' then dated.kgce_per_kwh
            -- No boiler efficiency is delivered: heat and steam count with their own calorific value.
            else coalesce(types.equivalent_kgce, types.calorific_kgce)
        end as decimal(14, 6)
    ) as coef_equivalent,
    case
        when types.code = 'ELEC'
            and (dated.rate_year <> dated.year - 1 or dated.coefficient_status not in ('verified', 'secondary'))
            then 'unverified'
        when types.equivalent_kgce is null and types.code <> 'ELEC' then 'unverified'
        else types.coefficient_status
    end as coef_status,
    -- A measured calorific value replaces the default of a fuel; electricity and heat are energy already.
    types.code not in ('ELEC', 'PV_SELF', 'HEAT') as takes_measured_ncv,
    case when types.natural_unit = '吨' then 1000 else 1 end as base_per_natural_unit,
    types.code in ('RAW_COAL', 'WASHED_COAL', 'COAL_MIDDLINGS', 'ANTHRACITE') as is_coal
from types
cross join dated
