with claims as (
    select * from {{ ref("stg_medical_insurance__claim") }}
)

select
    institution_code,
    visit_kind,
    period,
    max(county_code) as county_code,

    count(*) as claim_cnt,
    count(*) filter (where rule_hit_cnt > 0) as rule_hit_claim_cnt,

    cast(sum(total_fee_yuan) as decimal(18, 2)) as total_fee_yuan,
    cast(sum(drug_fee_yuan) as decimal(18, 2)) as drug_fee_yuan,
    cast(sum(fund_pay_yuan) as decimal(18, 2)) as fund_pay_yuan,

    count(*) filter (where visit_kind = 'INPATIENT') as stay_cnt,
    -- Coming and leaving on one day is one day in hospital.
    cast(
        sum(greatest({{ days_between("discharge_date", "admit_date") }}, 1))
        filter (where visit_kind = 'INPATIENT') as bigint
    ) as stay_day_cnt,

    max(_revision) as _revision
from claims
group by institution_code, visit_kind, period
