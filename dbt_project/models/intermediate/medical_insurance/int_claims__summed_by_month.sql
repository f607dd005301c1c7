with claims as (
    select * from {{ ref("stg_medical_insurance__claim") }}
),

institutions as (
    select * from {{ ref("int_institutions__versioned") }}
),

summed as (
    select
        county_code,
        institution_code,
        visit_kind,
        period,
        count(*) as claim_cnt,
        count(*) filter (where rule_hit_cnt > 0) as rule_hit_claim_cnt,
        sum(total_fee_yuan) as total_fee_yuan,
        sum(drug_fee_yuan) as drug_fee_yuan,
        sum(fund_pay_yuan) as fund_pay_yuan,
        count(*) filter (where visit_kind = 'INPATIENT') as stay_cnt,
        -- Coming and leaving on one day is one day in hospital.
        sum(greatest({{ days_between("discharge_date", "admit_date") }}, 1)) filter (where visit_kind = 'INPATIENT')
            as stay_day_cnt,
        max(_revision) as _revision
    from claims
    group by county_code, institution_code, visit_kind, period
),

placed as (
    select
        summed.*,
        {{ county_of_row("summed", "institutions") }} as claim_county_code
    from summed
    left join institutions
        on summed.county_code = institutions.county_code
        and summed.institution_code = institutions.institution_code
        and {{ valid_at("institutions", period_end("summed.period")) }}
)

select
    claim_county_code as county_code,
    institution_code,
    visit_kind,
    period,
    cast(sum(claim_cnt) as bigint) as claim_cnt,
    cast(sum(rule_hit_claim_cnt) as bigint) as rule_hit_claim_cnt,
    cast(sum(total_fee_yuan) as decimal(18, 2)) as total_fee_yuan,
    cast(sum(drug_fee_yuan) as decimal(18, 2)) as drug_fee_yuan,
    cast(sum(fund_pay_yuan) as decimal(18, 2)) as fund_pay_yuan,
    cast(sum(stay_cnt) as bigint) as stay_cnt,
    cast(sum(stay_day_cnt) as bigint) as stay_day_cnt,
    max(_revision) as _revision
from placed
group by claim_county_code, institution_code, visit_kind, period
