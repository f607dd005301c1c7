with deliveries as (
    select * from {{ ref("stg_statistics__regional_accounts") }}
),

-- Several bureaus may deliver the province's row: the latest one counts.
ranked as (
    select
        deliveries.*,
        row_number() over (partition by area_code, period order by _accepted_at desc, _submission_id) as choice
    from deliveries
),

accounts as (
    select * from ranked
    where choice = 1
),

periods as (
    select distinct
        county_code,
        period
    from accounts
),

areas as (
    select
        area_code,
        county_code,
        min(period) as first_period
    from accounts
    group by area_code, county_code
),

-- Every area has every quarter since its first one: townships report their people only at the end of a year.
spine as (
    select
        areas.area_code,
        areas.county_code,
        periods.period
    from areas
    inner join periods
        on areas.county_code = periods.county_code
        and areas.first_period <= periods.period
),

joined as (
    select
        spine.area_code,
        spine.county_code,
        spine.period,
        accounts.gdp_ytd_wan,
        accounts.gdp_index_2020,
        accounts.industry_va_wan,
        accounts.resident_population,
        accounts.data_status,
        accounts._revision,
        -- Quarters are counted into groups that each begin with a counted population.
        count(accounts.resident_population) over (partition by spine.area_code order by spine.period) as census_no
    from spine
    left join accounts
        on spine.area_code = accounts.area_code
        and spine.period = accounts.period
)

select
    area_code,
    period,

    gdp_ytd_wan,
    -- The form prints the index beside the value in current prices: 2020 prices = current prices / index.
    {{ as_decimal("gdp_ytd_wan / nullif(gdp_index_2020, 0) * 100", 18, 2) }} as gdp_const_wan,
    industry_va_wan,
    max(resident_population) over (partition by area_code, census_no) as resident_population,
    data_status,

    county_code,
    coalesce(_revision, 1) as _revision,
    {{ lineage_columns() }}
from joined
