with parcels as (
    select * from {{ ref("int_parcels__valid_at_year_end") }}
),

surveys as (
    select * from {{ ref("int_parcel_surveys__summarised") }}
),

occupancies as (
    select * from {{ ref("stg_industrial_park__parcel_occupancy") }}
),

occupied as (
    select
        parcels.county_code,
        parcels.parcel_code,
        parcels.year,
        occupancies.occupier_uscc as uscc,
        cast(sum(occupancies.occupied_mu) as decimal(12, 2)) as occupied_mu,
        coalesce({{ any_true("occupancies.occupy_kind <> 'VACANT'") }}, false) as is_working
    from parcels
    inner join surveys
        on parcels.county_code = surveys.county_code
        and parcels.parcel_code = surveys.parcel_code
        and parcels.year = surveys.year
    inner join occupancies
        on surveys.county_code = occupancies.county_code
        and surveys.parcel_code = occupancies.parcel_code
        and surveys.survey_period = occupancies.period
    group by parcels.county_code, parcels.parcel_code, parcels.year, occupancies.occupier_uscc
),

totals as (
    select
        county_code,
        uscc,
        year,
        sum(occupied_mu) as total_mu,
        count(*) as parcel_cnt
    from occupied
    group by county_code, uscc, year
)

select
    occupied.county_code,
    occupied.parcel_code,
    occupied.year,
    occupied.uscc,

    occupied.occupied_mu,
    occupied.is_working,
    -- A firm for which no area at all was measured is split evenly, so that nothing of it is lost.
    cast(
        coalesce(occupied.occupied_mu / nullif(totals.total_mu, 0), 1.0 / totals.parcel_cnt) as decimal(20, 12)
    ) as share_of_firm
from occupied
inner join totals
    on occupied.county_code = totals.county_code
    and occupied.uscc = totals.uscc
    and occupied.year = totals.year
