with occupiers as (
    select * from {{ ref("int_parcel_occupiers__shared") }}
),

firms as (
    select * from {{ ref("int_firm_values__collected") }}
),

serious_cases as (
    select * from {{ ref("int_serious_cases__by_year") }}
)

select
    occupiers.county_code,
    occupiers.parcel_code,
    occupiers.year,

    cast(sum(firms.tax_wan * occupiers.share_of_firm) as decimal(18, 4)) as tax_wan,
    cast(sum(firms.revenue_wan * occupiers.share_of_firm) as decimal(18, 4)) as revenue_wan,
    cast(sum(firms.value_added_wan * occupiers.share_of_firm) as decimal(18, 4)) as value_added_wan,
    cast(sum(firms.energy_tce * occupiers.share_of_firm) as decimal(18, 4)) as energy_tce,
    cast(sum(firms.rd_wan * occupiers.share_of_firm) as decimal(18, 4)) as rd_wan,
    cast(sum(firms.employee_cnt * occupiers.share_of_firm) as decimal(18, 4)) as employee_cnt,
    cast(sum(firms.output_wan * occupiers.share_of_firm) as decimal(18, 4)) as output_wan,
    cast(sum(firms.output_ly_wan * occupiers.share_of_firm) as decimal(18, 4)) as output_ly_wan,

    {{ any_true("firms.is_above_scale") }} as is_above_scale,
    -- Who leaves land vacant need not be known to the tax office.
    {{ any_true("occupiers.is_working and not firms.has_tax") }} as lacks_tax,
    {{ any_true("occupiers.is_working and firms.is_above_scale and not firms.has_evaluation") }} as lacks_evaluation,
    {{ any_true("occupiers.is_working and firms.energy_tce is null") }} as lacks_energy,
    {{ any_true("occupiers.is_working and not firms.is_registered") }} as lacks_registry,
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
