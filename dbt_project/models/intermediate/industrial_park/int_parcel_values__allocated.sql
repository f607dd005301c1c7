with parcels as (
    select * from {{ ref("int_parcels__valid_at_year_end") }}
),

allocated as (
    select * from {{ ref("int_firm_values__allocated") }}
),

entities as (
    select * from {{ ref("int_market_entities__valid_at_year_end") }}
),

serious_cases as (
    select * from {{ ref("int_serious_cases__by_year") }}
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
        coalesce(allocated.lacks_registry, false) or entities.uscc is null as lacks_registry,

        coalesce(entities.reg_status in ('REVOKED', 'CANCELLED'), false) as is_holder_gone,
        coalesce(allocated.has_serious_case, false) or serious_cases.uscc is not null as has_serious_case,
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
    left join entities
        on parcels.county_code = entities.county_code
        and parcels.holder_uscc = entities.uscc
        and parcels.year = entities.year
    left join serious_cases
        on parcels.county_code = serious_cases.county_code
        and parcels.holder_uscc = serious_cases.uscc
        and parcels.year = serious_cases.year
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

    tax_wan,
    revenue_wan,
    value_added_wan,
    energy_tce,
    rd_wan,
    employee_cnt,
    output_wan,
    output_ly_wan,

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
