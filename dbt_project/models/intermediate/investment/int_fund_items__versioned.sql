with funds as (
    select * from {{ ref("stg_investment__fund_item") }}
)

select
    fund_item_no,
    valid_from,
    valid_to,
    is_current,

    project_code,
    plan_year,
    fund_kind,
    fund_direction,
    apply_level,
    review_status,
    apply_wan,
    granted_wan,
    grant_date,
    issued_wan,
    paid_wan,

    county_code,
    _period,
    _revision
from funds
