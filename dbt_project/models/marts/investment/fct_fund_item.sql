with funds as (
    select * from {{ ref("int_fund_items__versioned") }}
),

lasts as (
    select
        county_code,
        max({{ period_end("_period") }}) as last_day
    from funds
    group by county_code
)

select
    funds.fund_item_no,

    funds.plan_year,
    funds.fund_kind,
    funds.fund_direction,
    funds.apply_level,
    funds.review_status,

    funds.apply_wan,
    funds.granted_wan,
    funds.issued_wan,
    funds.paid_wan,
    coalesce(
        funds.grant_date <= lasts.last_day
        and extract(year from funds.grant_date) = extract(year from lasts.last_day), false
    ) as granted_ytd,
    coalesce(funds.plan_year = extract(year from lasts.last_day) and funds.issued_wan > 0, false) as issued_this_year,
    funds.plan_year = extract(year from lasts.last_day) + 1 as is_next_year,

    funds.county_code,
    funds._revision,
    {{ lineage_columns() }}
from funds
inner join lasts on funds.county_code = lasts.county_code
where funds.is_current
