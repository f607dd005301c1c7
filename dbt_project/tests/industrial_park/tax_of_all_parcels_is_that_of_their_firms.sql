/*
What: the tax of all parcels of a county and year differs from the tax of all firms that stand on them by more than one (ten thousand yuan).
When it matters: it would mean that a parcel or a firm was lost or counted twice on the way into the evaluation.
How to resolve: look for a firm in int_firm_values__collected whose parcels are missing from fct_parcel_evaluation.
*/
with firms as (
    select
        county_code,
        cast(year as varchar(4)) as period,
        sum(tax_wan) as tax_wan
    from {{ ref("int_firm_values__collected") }}
    group by county_code, cast(year as varchar(4))
),

parcels as (
    select
        county_code,
        period,
        sum(tax_wan) as tax_wan
    from {{ ref("fct_parcel_evaluation") }}
    group by county_code, period
)

select
    firms.county_code,
    firms.period,
    firms.tax_wan,
    parcels.tax_wan as parcel_tax_wan
from firms
left join parcels
    on firms.county_code = parcels.county_code
    and firms.period = parcels.period
where abs(firms.tax_wan - coalesce(parcels.tax_wan, 0)) > 1
