with loans as (
    select * from {{ ref("stg_finance_office__bank_loan") }}
)

select
    bank_code,
    loan_kind,
    period,

    loan_balance_wan,
    loan_start_wan,
    cast(loan_balance_wan - loan_start_wan as decimal(16, 2)) as growth_wan,
    inclusive_balance_wan,
    npl_wan,

    county_code,
    _revision,
    {{ lineage_columns() }}
from loans
