with reports as (
    select * from {{ ref("stg_industry__enterprise_monthly") }}
),

chains as (
    select * from {{ ref("seed_industry_group__divisions") }}
    where code <> '_T'
),

divided as (
    select
        reports.*,
        {{ industry_division("industry_code") }} as industry_division
    from reports
)

select
    divided.uscc,
    divided.period,

    {{ township_code("divided.area_code") }} as area_code,
    divided.zone_code,
    divided.industry_division,
    chains.code as industry_group,

    divided.output_current_wan,
    divided.output_ytd_wan,
    divided.output_ytd_ly_wan,
    {{ as_decimal("100 * (" ~ safe_divide("output_ytd_wan", "output_ytd_ly_wan") ~ " - 1)", 18, 4) }} as output_yoy_pct,
    divided.output_ytd_wan < divided.output_ytd_ly_wan as is_shrinking,
    substr(divided.above_scale_since, 1, 4) = substr(divided.period, 1, 4) as is_new_above_scale,
    divided.revenue_ytd_wan,
    divided.profit_wan as profit_ytd_wan,
    divided.employee_cnt,

    divided.county_code,
    divided._revision,
    {{ lineage_columns() }}
from divided
left join chains on divided.industry_division = chains.value
