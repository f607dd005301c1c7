with parcels as (
    select * from {{ ref("stg_natural_resources__industrial_parcel") }}
),

investments as (
    select * from {{ ref("int_parcel_investments__matched") }}
),

latest as (
    select
        county_code,
        max({{ period_end("period") }}) as last_day
    from parcels
    group by county_code
),

-- The last day on which a version counts; an open one counts to the end of the county's latest delivery.
counted as (
    select
        parcels.*,
        case
            when parcels.valid_to is null then latest.last_day else {{ day_before("parcels.valid_to") }}
        end as counts_until
    from parcels
    inner join latest
        on parcels.county_code = latest.county_code
),

invested as (
    select
        counted.county_code,
        counted.parcel_code,
        counted.valid_from,
        investments.invest_per_mu,
        row_number() over (
            partition by counted.county_code, counted.parcel_code, counted.valid_from
            order by investments.period_end desc
        ) as recency
    from counted
    inner join investments
        on counted.county_code = investments.county_code
        and counted.holder_uscc = investments.holder_uscc
        and investments.period_end <= counted.counts_until
)

select
    counted.parcel_code,
    counted.valid_from,
    coalesce(counted.valid_to, cast('9999-12-31' as date)) as valid_to,

    {{ township_code("counted.area_code") }} as area_code,
    counted.zone_code,
    counted.holder_uscc,
    counted.parcel_area_mu,
    counted.parcel_status,
    counted.supply_date,
    counted.plan_start_date,
    counted.plan_finish_date,
    counted.start_date,
    counted.finish_date,
    counted.contract_invest_per_mu,
    counted.contract_tax_per_mu,
    counted.far_max,
    counted.built_area_sqm,
    {{ as_decimal("counted.built_area_sqm / nullif(counted.parcel_area_mu * 666.67, 0)", 12, 4) }} as built_ratio,
    {{ as_decimal("counted.far_area_sqm / nullif(counted.parcel_area_mu * 666.67, 0)", 12, 4) }} as far_actual,
    case
        when coalesce(counted.start_date, counted.counts_until) > counted.plan_start_date
            then {{ days_between("coalesce(counted.start_date, counted.counts_until)", "counted.plan_start_date") }}
        when counted.plan_start_date is not null then 0
    end as start_delay_day,
    cast(counted.contract_invest_per_mu - invested.invest_per_mu as decimal(18, 2)) as invest_gap_per_mu,

    counted.county_code,
    counted._revision
from counted
left join invested
    on counted.county_code = invested.county_code
    and counted.parcel_code = invested.parcel_code
    and counted.valid_from = invested.valid_from
    and invested.recency = 1
