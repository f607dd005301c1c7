-- What an engineer would write by hand: list the failing rows of a month of claims in one scan, with
-- the same rules as the contract. Aggregates over several rows are joined to it.
create or replace table hand_written as
with claims as (
    select
        _src_row, settlement_no, institution_code, patient_id_no, insurance_kind, visit_kind, diagnosis_code,
        admit_date as admit_text, discharge_date as discharge_text, settle_date as settle_text,
        try_cast(admit_date as date) as admit_date,
        try_cast(discharge_date as date) as discharge_date,
        try_cast(settle_date as date) as settle_date,
        total_fee_yuan as total_text, try_cast(total_fee_yuan as decimal(14, 2)) as total_fee_yuan,
        drug_fee_yuan as drug_text, try_cast(drug_fee_yuan as decimal(14, 2)) as drug_fee_yuan,
        material_fee_yuan as material_text, try_cast(material_fee_yuan as decimal(14, 2)) as material_fee_yuan,
        exam_fee_yuan as exam_text, try_cast(exam_fee_yuan as decimal(14, 2)) as exam_fee_yuan,
        other_fee_yuan as other_text, try_cast(other_fee_yuan as decimal(14, 2)) as other_fee_yuan,
        fund_pay_yuan as fund_text, try_cast(fund_pay_yuan as decimal(14, 2)) as fund_pay_yuan,
        self_pay_yuan as self_text, try_cast(self_pay_yuan as decimal(14, 2)) as self_pay_yuan,
        rule_hit_cnt as hit_text, try_cast(rule_hit_cnt as bigint) as rule_hit_cnt
    from read_parquet($path)
),

repeated as (
    select settlement_no from claims where settlement_no is not null
    group by settlement_no having count(*) > 1
),

usual as (
    select institution_code, visit_kind, avg(total_fee_yuan) as mean_fee, stddev_samp(total_fee_yuan) as deviation
    from claims
    group by institution_code, visit_kind
),

overlapping as (
    select _src_row
    from (
        select _src_row, admit_date, discharge_date,
            max(discharge_date) over (
                partition by patient_id_no order by admit_date, _src_row
                rows between unbounded preceding and 1 preceding
            ) as earlier_discharge
        from claims
        where visit_kind in ('住院', 'INPATIENT', '2')
    ) as stay
    where earlier_discharge is not null and least(earlier_discharge, discharge_date) - admit_date > 1
)

select c.*
from claims as c
left join usual as u on u.institution_code = c.institution_code and u.visit_kind = c.visit_kind
where
    c.settlement_no is null or c.institution_code is null or c.patient_id_no is null
    or c.insurance_kind is null or c.visit_kind is null or c.admit_text is null or c.settle_text is null
    or c.total_text is null or c.drug_text is null or c.material_text is null or c.exam_text is null
    or c.other_text is null or c.fund_text is null or c.self_text is null
    or length(c.settlement_no) > 30 or length(c.institution_code) > 12
    or length(c.patient_id_no) > 18 or length(c.diagnosis_code) > 20
    or not id_valid(c.patient_id_no)
    or c.insurance_kind not in ('职工医保', '城乡居民医保', '生育', '其他', 'EMPLOYEE', 'RESIDENT', 'MATERNITY', 'OTHER')
    or c.visit_kind not in ('门诊', '住院', '慢特病门诊', '药店购药', 'OUTPATIENT', 'INPATIENT', 'CHRONIC', 'PHARMACY')
    or (c.admit_date is null and c.admit_text is not null)
    or (c.discharge_date is null and c.discharge_text is not null)
    or (c.settle_date is null and c.settle_text is not null)
    or c.admit_date > $submitted or c.discharge_date > $submitted or c.settle_date > $submitted
    or (c.total_fee_yuan is null and c.total_text is not null) or c.total_fee_yuan < 0
    or (c.drug_fee_yuan is null and c.drug_text is not null) or c.drug_fee_yuan < 0
    or (c.material_fee_yuan is null and c.material_text is not null) or c.material_fee_yuan < 0
    or (c.exam_fee_yuan is null and c.exam_text is not null) or c.exam_fee_yuan < 0
    or (c.other_fee_yuan is null and c.other_text is not null) or c.other_fee_yuan < 0
    or (c.fund_pay_yuan is null and c.fund_text is not null) or c.fund_pay_yuan < 0
    or (c.self_pay_yuan is null and c.self_text is not null) or c.self_pay_yuan < 0
    or (c.rule_hit_cnt is null and c.hit_text is not null) or c.rule_hit_cnt < 0
    or abs(c.drug_fee_yuan + c.material_fee_yuan + c.exam_fee_yuan + c.other_fee_yuan - c.total_fee_yuan) > 0.05
    or abs(c.fund_pay_yuan + c.self_pay_yuan - c.total_fee_yuan) > 0.05
    or (c.visit_kind in ('住院', 'INPATIENT') and (c.discharge_date is null or c.discharge_date < c.admit_date))
    or left(cast(c.settle_date as varchar), 7) <> $period
    or c.total_fee_yuan - u.mean_fee > 6 * u.deviation
    or c.settlement_no in (select settlement_no from repeated)
    or c._src_row in (select _src_row from overlapping)
