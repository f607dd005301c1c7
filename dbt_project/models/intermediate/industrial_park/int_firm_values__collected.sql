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

energy as (
    select * from {{ ref("int_firm_energy__by_year") }}
),

entities as (
    select * from {{ ref("int_market_entities__valid_at_year_end") }}
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
        entities.uscc is not null as is_registered,
        entities.found_date,

        taxes.tax_paid_ytd_wan as tax_wan,
        taxes.invoice_revenue_ytd_wan,
        evaluations.revenue_wan,
        evaluations.value_added_wan,
        evaluations.rd_wan,
        evaluations.energy_tce,
        energy.used_tce,
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
    left join energy
        on firms.county_code = energy.county_code
        and firms.uscc = energy.uscc
        and firms.year = energy.year
    left join entities
        on firms.county_code = entities.county_code
        and firms.uscc = entities.uscc
        and firms.year = entities.year
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
