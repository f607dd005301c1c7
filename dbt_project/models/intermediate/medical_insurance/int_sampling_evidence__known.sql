with claims as (
    select * from {{ ref("int_claims__summed_by_month") }}
),

costs as (
    select * from {{ ref("fct_institution_cost_month") }}
),

institutions as (
    select * from {{ ref("int_institutions__versioned") }}
),

reviewed_claims as (
    select * from {{ ref("int_reviewed_claims__located") }}
),

findings as (
    select * from {{ ref("fct_negative_finding") }}
),

settled as (
    select
        county_code,
        institution_code,
        period as settled_month,
        {{ month_number("period") }} as month_no,
        sum(claim_cnt) as claim_cnt,
        sum(rule_hit_claim_cnt) as rule_hit_claim_cnt,
        sum(fund_pay_yuan) as fund_pay_yuan,
        max(_revision) as _revision
    from claims
    group by county_code, institution_code, period
),

scores as (
    select
        county_code,
        institution_code,
        period as settled_month,
        max(anomaly_score) as anomaly_score
    from costs
    group by county_code, institution_code, period
),

deducted as (
    select
        claim_county_code as county_code,
        institution_code,
        {{ month_number("review_month") }} as month_no,
        sum(deduct_confirmed_yuan) as deduct_confirmed_yuan
    from reviewed_claims
    group by claim_county_code, institution_code, review_month
),

found as (
    select
        county_code,
        institution_code,
        {{ month_number("period") }} as month_no,
        sum(finding_cnt) as finding_cnt
    from findings
    group by county_code, institution_code, period
),

deducted_3m as (
    select
        settled.county_code,
        settled.institution_code,
        settled.month_no,
        sum(deducted.deduct_confirmed_yuan) as deduct_confirmed_yuan
    from settled
    inner join deducted
        on settled.county_code = deducted.county_code
        and settled.institution_code = deducted.institution_code
        and deducted.month_no between settled.month_no - 2 and settled.month_no
    group by settled.county_code, settled.institution_code, settled.month_no
),

found_12m as (
    select
        settled.county_code,
        settled.institution_code,
        settled.month_no,
        sum(found.finding_cnt) as finding_cnt
    from settled
    inner join found
        on settled.county_code = found.county_code
        and settled.institution_code = found.institution_code
        and found.month_no between settled.month_no - 11 and settled.month_no
    group by settled.county_code, settled.institution_code, settled.month_no
),

funded_3m as (
    select
        county_code,
        institution_code,
        month_no,
        sum(fund_pay_yuan) over (
            partition by county_code, institution_code order by month_no range between 2 preceding and current row
        ) as fund_pay_yuan
    from settled
)

-- What is known at the end of a settled month decides the rate of the month after it.
select
    settled.institution_code,
    {{ month_label("settled.month_no + 1") }} as period,
    settled.month_no + 1 as month_no,

    institutions.institution_kind,
    institutions.institution_level,
    institutions.credit_grade,

    cast(settled.claim_cnt as bigint) as claim_cnt,
    cast(coalesce(scores.anomaly_score, 0) as decimal(18, 4)) as anomaly_score,
    {{ as_decimal("100.0 * settled.rule_hit_claim_cnt / settled.claim_cnt", 8, 4) }} as rule_hit_rate_pct,
    {{ as_decimal(
        "100.0 * coalesce(deducted_3m.deduct_confirmed_yuan, 0) / nullif(funded_3m.fund_pay_yuan, 0)", 20, 4
    ) }} as deduct_rate_pct,
    cast(coalesce(found_12m.finding_cnt, 0) as bigint) as finding_cnt_12m,

    settled.county_code,
    settled._revision
from settled
left join scores
    on settled.county_code = scores.county_code
    and settled.institution_code = scores.institution_code
    and settled.settled_month = scores.settled_month
left join deducted_3m
    on settled.county_code = deducted_3m.county_code
    and settled.institution_code = deducted_3m.institution_code
    and settled.month_no = deducted_3m.month_no
left join funded_3m
    on settled.county_code = funded_3m.county_code
    and settled.institution_code = funded_3m.institution_code
    and settled.month_no = funded_3m.month_no
left join found_12m
    on settled.county_code = found_12m.county_code
    and settled.institution_code = found_12m.institution_code
    and settled.month_no = found_12m.month_no
left join institutions
    on settled.county_code = institutions.county_code
    and settled.institution_code = institutions.institution_code
    and {{ valid_at("institutions", period_end("settled.settled_month")) }}
