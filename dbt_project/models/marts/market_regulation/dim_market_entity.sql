with entities as (
    select * from {{ ref("stg_market_regulation__market_entity") }}
),

chains as (
    select * from {{ ref("seed_industry_group__divisions") }}
),

latest as (
    select
        county_code,
        max({{ period_end("period") }}) as last_day
    from entities
    group by county_code
),

divided as (
    select
        entities.*,
        {{ industry_division("industry_code") }} as industry_division,
        -- The last day on which a version counts; an open one counts to the end of the county's latest delivery.
        case when valid_to is null then latest.last_day else {{ day_before("valid_to") }} end as counts_until
    from entities
    inner join latest on entities.county_code = latest.county_code
)

select
    divided.uscc,
    divided.valid_from,
    divided.valid_to,

    divided.entity_name,
    divided.entity_type,
    divided.industry_code,
    divided.industry_division,
    chains.code as industry_group,
    divided.reg_status,
    divided.found_date,
    extract(year from divided.found_date) = extract(year from divided.counts_until) as is_new_ytd,
    {{ township_code("divided.area_code") }} as area_code,

    divided.county_code,
    divided._revision,
    {{ lineage_columns() }}
from divided
left join chains
    on divided.industry_division = chains.value
    and chains.code <> '_T'
