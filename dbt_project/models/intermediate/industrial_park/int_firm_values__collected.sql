with firms as (
    select distinct
        county_code,
        uscc,
        year
    from {{ ref("int_parcel_occupiers__shared") }}
),

taxes as (
    select * from {{ ref("stg_tax__enterprise_tax") }}
    where {{ number_in_year("period") }} = 4
),

evaluations as (
    select * from {{ ref("stg_industry__enterprise_evaluation") }}
),

months as (
    select
        stg.*,
        {{ year_of("period") }} as year,
        row_number() over (partition by county_code, uscc, {{ year_of("period") }} order by period desc) as recency
    from {{ ref("stg_industry__enterprise_monthly") }} as stg
),

energy_years as (
    select
        mart.*,
        {{ year_of("period") }} as year,
        row_number() over (partition by county_code, uscc, {{ year_of("period") }} order by period desc) as recency
    from {{ ref("fct_energy_user_year") }} as mart
    where tce_equivalent_ytd is not null
),

-- The list that is made in a year states the use of the year before.
energy_lists as (
    select
        county_code,
        uscc,
        {{ year_of("period") }} - 1 as year,
        last_year_tce,
        row_number() over (partition by county_code, uscc, {{ year_of("period") }} order by valid_from desc) as recency
    from {{ ref("stg_energy__energy_user") }}
),

entities as (
    select * from {{ ref("dim_market_entity") }}
),

-- The entry valid at the end of the year; a register that starts later speaks with its first entry.
registered as (
    select
        firms.county_code,
        firms.uscc,
        firms.year,
        entities.found_date,
        row_number() over (
            partition by firms.county_code, firms.uscc, firms.year
            order by
                case when entities.valid_from <= make_date(firms.year, 12, 31) then 0 else 1 end,
                case when entities.valid_from <= make_date(firms.year, 12, 31) then entities.valid_from end desc,
                entities.valid_from
        ) as nearness
    from firms
    inner join entities
        on firms.county_code = entities.county_code
        and firms.uscc = entities.uscc
),

listings as (
    select
        county_code,
        uscc,
        min(stage_date) as listed_since
    from {{ ref("stg_finance_office__listing_pipeline") }}
    where pipeline_level = 'LISTED'
    group by county_code, uscc
),

joined as (
    select
        firms.county_code,
        firms.uscc,
        firms.year,

        coalesce(evaluations.above_scale, months.uscc is not null) as is_above_scale,
        taxes.uscc is not null as has_tax,
        evaluations.uscc is not null as has_evaluation,
        registered.uscc is not null as is_registered,
        registered.found_date,

        taxes.tax_paid_ytd_wan as tax_wan,
        taxes.invoice_revenue_ytd_wan,
        evaluations.revenue_wan,
        evaluations.value_added_wan,
        evaluations.rd_wan,
        evaluations.energy_tce,
        coalesce(energy_years.tce_equivalent_ytd, energy_lists.last_year_tce) as used_tce,
        coalesce(evaluations.employee_cnt, months.employee_cnt) as employee_cnt,
        months.output_ytd_wan as output_wan,
        months.output_ytd_ly_wan as output_ly_wan,

        coalesce(evaluations.tech_center_level in ('PROVINCIAL', 'NATIONAL'), false) as has_tech_center,
        coalesce(listings.listed_since <= make_date(firms.year, 12, 31), false) as is_listed
    from firms
    left join taxes
        on firms.county_code = taxes.county_code
        and firms.uscc = taxes.uscc
        and firms.year = {{ year_of("taxes.period") }}
    left join evaluations
        on firms.county_code = evaluations.county_code
        and firms.uscc = evaluations.uscc
        and firms.year = {{ year_of("evaluations.period") }}
    left join months
        on firms.county_code = months.county_code
        and firms.uscc = months.uscc
        and firms.year = months.year
        and months.recency = 1
    left join energy_years
        on firms.county_code = energy_years.county_code
        and firms.uscc = energy_years.uscc
        and firms.year = energy_years.year
        and energy_years.recency = 1
    left join energy_lists
        on firms.county_code = energy_lists.county_code
        and firms.uscc = energy_lists.uscc
        and firms.year = energy_lists.year
        and energy_lists.recency = 1
    left join registered
        on firms.county_code = registered.county_code
        and firms.uscc = registered.uscc
        and firms.year = registered.year
        and registered.nearness = 1
    left join listings
        on firms.county_code = listings.county_code
        and firms.uscc = listings.uscc
)

select
    county_code,
    uscc,
    year,

    is_above_scale,
    has_tax,
    has_evaluation,
    is_registered,
    found_date,

    tax_wan,
    -- Firms above scale: the evaluation. Smaller ones: what they invoiced and used, else what the evaluation says.
    case
        when is_above_scale then revenue_wan else coalesce(invoice_revenue_ytd_wan, revenue_wan)
    end as revenue_wan,
    value_added_wan,
    cast(case when is_above_scale then energy_tce else coalesce(used_tce, energy_tce) end as decimal(18, 4))
        as energy_tce,
    rd_wan,
    employee_cnt,
    output_wan,
    output_ly_wan,

    has_tech_center,
    is_listed
from joined
