with users as (
    select * from {{ ref("fct_energy_user_year") }}
),

accounts as (
    select * from {{ ref("dim_area_period") }}
),

benchmarks as (
    select * from {{ ref("stg_statistics__benchmark_series") }}
),

summed as (
    select
        county_code as area_code,
        period,
        sum(tce_equivalent_ytd) as tce_equivalent_ytd,
        sum(tce_calorific_ytd) as tce_calorific_ytd,
        sum(coal_tce_ytd) as coal_tce_ytd,
        max(_revision) as _revision
    from users
    group by county_code, period
),

-- The recheck figure of the province for the whole county, once it is published.
totals as (
    select
        compare_area_code as area_code,
        period,
        max(value) as total_tce_ytd
    from benchmarks
    where indicator_code = 'ENE_TCE_EQ' and measure_basis = 'ytd' and compare_area_code = county_code
    group by compare_area_code, period
),

-- Accounts are quarterly; they stand beside the month that ends the quarter.
quarterly as (
    select
        substr(period, 1, 5) || right('0' || cast(3 * cast(substr(period, 7, 1) as integer) as varchar(2)), 2) as period,
        area_code,
        gdp_ytd_wan,
        gdp_const_wan,
        industry_va_wan,
        data_status,
        _revision
    from accounts
)

select
    summed.area_code,
    summed.period,

    cast(summed.tce_equivalent_ytd as decimal(18, 4)) as tce_equivalent_ytd,
    cast(summed.tce_calorific_ytd as decimal(18, 4)) as tce_calorific_ytd,
    cast(summed.coal_tce_ytd as decimal(18, 4)) as coal_tce_ytd,
    {{ as_decimal("100 * summed.tce_equivalent_ytd / nullif(totals.total_tce_ytd, 0)", 20, 4) }} as coverage_pct,

    quarterly.gdp_ytd_wan,
    quarterly.gdp_const_wan,
    quarterly.industry_va_wan,
    {{ as_decimal("summed.tce_equivalent_ytd / nullif(quarterly.gdp_const_wan, 0)", 18, 6) }} as intensity_tce_wan,
    quarterly.data_status,

    summed.area_code as county_code,
    -- A corrected GDP corrects the intensity.
    greatest(summed._revision, coalesce(quarterly._revision, 1)) as _revision,
    {{ lineage_columns() }}
from summed
left join totals
    on summed.area_code = totals.area_code
    and summed.period = totals.period
left join quarterly
    on summed.area_code = quarterly.area_code
    and summed.period = quarterly.period
