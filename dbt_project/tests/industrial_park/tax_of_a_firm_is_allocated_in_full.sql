/*
What: the tax that the parcels of a firm received differs from what the firm paid by more than one (ten thousand yuan).
When it matters: always; every score and every tax per mu rests on the allocation by occupied area.
How to resolve: compare the firm's rows in int_parcel_occupiers__shared, whose shares must add up to one, with its tax of the fourth quarter.
*/
with firms as (
    select * from {{ ref("int_firm_values__collected") }}
),

occupiers as (
    select * from {{ ref("int_parcel_occupiers__shared") }}
),

allocated as (
    select
        occupiers.county_code,
        occupiers.uscc,
        occupiers.year,
        sum(firms.tax_wan * occupiers.share_of_firm) as allocated_wan,
        max(firms.tax_wan) as tax_wan
    from occupiers
    inner join firms
        on occupiers.county_code = firms.county_code
        and occupiers.uscc = firms.uscc
        and occupiers.year = firms.year
    group by occupiers.county_code, occupiers.uscc, occupiers.year
)

select * from allocated
where abs(allocated_wan - tax_wan) > 1
