with firms as (
    select * from {{ ref("stg_state_assets__soe_financial") }}
)

select
    uscc,
    period,

    soe_level,

    {{ as_decimal("100.0 * liability_wan / nullif(assets_wan, 0)", 20, 4) }} as liability_ratio_pct,
    assets_wan,
    liability_wan,
    debt_wan,
    revenue_ytd_wan,
    net_profit_wan,
    {{ as_decimal("1.0 * cash_wan / nullif(due_next_12m_wan, 0)", 20, 4) }} as due_cover,
    bond_issue_wan,

    county_code,
    _revision,
    {{ lineage_columns() }}
from firms
