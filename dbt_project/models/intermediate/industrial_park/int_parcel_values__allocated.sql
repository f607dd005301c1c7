with parcels as (
    select * from {{ ref("int_parcels__valid_at_year_end") }}
),

occupiers as (
    select * from {{ ref("int_parcel_occupiers__shared") }}
),

firms as (
    select * from {{ ref("int_firm_values__collected") }}
),

serious_cases as (
    select * from {{ ref("int_serious_cases__by_year") }}
),

entities as (
    select * from {{ ref("dim_market_entity") }}
),

allocated as (
    select
        occupiers.county_code,
        occupiers.parcel_code,
        occupiers.year,

        sum(firms.tax_wan * occupiers.share_of_firm) as tax_wan,
        sum(firms.revenue_wan * occupiers.share_of_firm) as revenue_wan,
        sum(firms.value_added_wan * occupiers.share_of_firm) as value_added_wan,
        sum(firms.energy_tce * occupiers.share_of_firm) as energy_tce,
        sum(firms.rd_wan * occupiers.share_of_firm) as rd_wan,
        sum(firms.employee_cnt * occupiers.share_of_firm) as employee_cnt,
        sum(firms.output_wan * occupiers.share_of_firm) as output_wan,
        sum(firms.output_ly_wan * occupiers.share_of_firm) as output_ly_wan,

        {{ any_true("firms.is_above_scale") }} as is_above_scale,
        {{ any_true("not firms.has_tax") }} as lacks_tax,
        {{ any_true("firms.is_above_scale and not firms.has_evaluation") }} as lacks_evaluation,
        {{ any_true("firms.energy_tce is null") }} as lacks_energy,
        {{ any_true("not firms.is_registered") }} as lacks_registry,
        min(firms.found_date) as found_date,
        {{ any_true("firms.has_tech_center") }} as has_tech_center,
        {{ any_true("firms.is_listed") }} as is_listed,
        {{ any_true("serious_cases.uscc is not null") }} as has_serious_case
    from occupiers
    inner join firms
        on occupiers.county_code = firms.county_code
        and occupiers.uscc = firms.uscc
        and occupiers.year = firms.year
    left join serious_cases
        on occupiers.county_code = serious_cases.county_code
        and occupiers.uscc = serious_cases.uscc
        and occupiers.year = serious_cases.year
    group by occupiers.county_code, occupiers.parcel_code, occupiers.year
),

-- The entry valid at the end of the year; a register that starts later speaks with its first entry.
holders as (
    select
        parcels.county_code,
        parcels.parcel_code,
        parcels.year,
        entities.reg_status,
        row_number() over (
            partition by parcels.county_code, parcels.parcel_code, parcels.year
            order by
                case when entities.valid_from <= parcels.year_end then 0 else 1 end,
                case when entities.valid_from <= parcels.year_end then entities.valid_from end desc,
                entities.valid_from
        ) as nearness
    from parcels
    inner join entities
        on parcels.county_code = entities.county_code
        and parcels.holder_uscc = entities.uscc
),

joined as (
    select
        parcels.*,
        allocated.tax_wan,
        allocated.revenue_wan,
        allocated.value_added_wan,
        allocated.energy_tce,
        allocated.rd_wan,
        allocated.employee_cnt,
        allocated.output_wan,
        allocated.output_ly_wan,
        coalesce(allocated.is_above_scale, false) as is_above_scale,
        coalesce(allocated.has_tech_center, false) as has_tech_center,
        coalesce(allocated.is_listed, false) as is_listed,

        coalesce(allocated.lacks_tax, false) as lacks_tax,
        coalesce(allocated.lacks_evaluation, false) as lacks_evaluation,
        allocated.parcel_code is null as lacks_occupancy,
        coalesce(allocated.lacks_energy, false) as lacks_energy,
        coalesce(allocated.lacks_registry, false) or holders.parcel_code is null as lacks_registry,

        coalesce(holders.reg_status in ('REVOKED', 'CANCELLED'), false) as is_holder_gone,
        coalesce(allocated.has_serious_case, false) or holder_cases.uscc is not null as has_serious_case,
        -- Two full years with the buildings in use and a firm that is that old.
        coalesce(
            {{ add_months("parcels.in_use_since", 24) }} <= parcels.year_end
            and (allocated.found_date is null or {{ add_months("allocated.found_date", 24) }} <= parcels.year_end),
            false
        ) as is_in_production
    from parcels
    left join allocated
        on parcels.county_code = allocated.county_code
        and parcels.parcel_code = allocated.parcel_code
        and parcels.year = allocated.year
    left join holders
        on parcels.county_code = holders.county_code
        and parcels.parcel_code = holders.parcel_code
        and parcels.year = holders.year
        and holders.nearness = 1
    left join serious_cases as holder_cases
        on parcels.county_code = holder_cases.county_code
        and parcels.holder_uscc = holder_cases.uscc
        and parcels.year = holder_cases.year
),

listed as (
    select
        joined.*,
        nullif(
            substr(
                case when lacks_tax then ',TAX' else '' end
                || case when lacks_evaluation then ',EVAL' else '' end
                || case when lacks_occupancy then ',OCCUPANCY' else '' end
                || case when lacks_energy then ',ENERGY' else '' end
                || case when lacks_registry then ',REGISTRY' else '' end,
                2
            ),
            ''
        ) as missing_inputs
    from joined
)

select
    county_code,
    parcel_code,
    year,
    year_end,

    area_code,
    zone_code,
    holder_uscc,
    parcel_area_mu,
    parcel_status,
    plan_finish_date,
    contract_tax_per_mu,
    built_ratio,
    far_actual,
    far_max,

    cast(tax_wan as decimal(18, 4)) as tax_wan,
    cast(revenue_wan as decimal(18, 4)) as revenue_wan,
    cast(value_added_wan as decimal(18, 4)) as value_added_wan,
    cast(energy_tce as decimal(18, 4)) as energy_tce,
    cast(rd_wan as decimal(18, 4)) as rd_wan,
    cast(employee_cnt as decimal(18, 4)) as employee_cnt,
    cast(output_wan as decimal(18, 4)) as output_wan,
    cast(output_ly_wan as decimal(18, 4)) as output_ly_wan,

    is_above_scale,
    has_tech_center,
    is_listed,
    is_holder_gone,
    has_serious_case,
    is_in_production,
    lacks_tax,
    missing_inputs,
    missing_inputs is null and is_in_production as is_evaluated,

    _revision
from listed
