with taxes as (
    select * from {{ ref("stg_tax__enterprise_tax") }}
),

entities as (
    select
        county_code,
        uscc,
        industry_division,
        area_code,
        valid_from,
        valid_to,
        row_number() over (partition by county_code, uscc order by valid_from) as version_no
    from {{ ref("dim_market_entity") }}
),

-- The register as it was at the end of the quarter; its first version also describes the time before.
registered as (
    select
        taxes.*,
        {{ number_in_year("taxes.period") }} as quarter_no,
        entities.industry_division,
        entities.area_code
    from taxes
    left join entities
        on taxes.county_code = entities.county_code
        and taxes.uscc = entities.uscc
        and (entities.version_no = 1 or entities.valid_from <= {{ period_end("taxes.period") }})
        and (entities.valid_to is null or entities.valid_to > {{ period_end("taxes.period") }})
)

select
    now.uscc,
    now.period,

    now.tax_paid_ytd_wan as tax_ytd_wan,
    -- Without the quarter before nobody knows what this one brought.
    cast(
        case when now.quarter_no = 1 then now.tax_paid_ytd_wan else now.tax_paid_ytd_wan - before.tax_paid_ytd_wan end
        as decimal(16, 2)
    ) as tax_quarter_wan,
    case when now.quarter_no = 1 then false else now.tax_paid_ytd_wan < before.tax_paid_ytd_wan end as is_negative_flow,
    now.invoice_revenue_ytd_wan,
    now.purchase_ytd_wan,
    now.purchase_local_ytd_wan,
    now.industry_division,
    now.area_code,

    now.county_code,
    now._revision,
    {{ lineage_columns() }}
from registered as now
left join taxes as before
    on now.county_code = before.county_code
    and now.uscc = before.uscc
    and {{ year_of("now.period") }} = {{ year_of("before.period") }}
    and now.quarter_no = {{ number_in_year("before.period") }} + 1
