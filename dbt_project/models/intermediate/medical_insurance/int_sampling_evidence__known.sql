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

-- What became known of an institution in a month, whoever told it.
facts as (
    select
        county_code,
        institution_code,
        month_no,
        fund_pay_yuan,
        cast(null as decimal(18, 2)) as deduct_confirmed_yuan,
        cast(null as bigint) as finding_cnt
    from settled
    union all
    select
        claim_county_code as county_code,
        institution_code,
        {{ month_number("review_month") }} as month_no,
        null as fund_pay_yuan,
        deduct_confirmed_yuan,
        null as finding_cnt
    from reviewed_claims
    union all
    select
        county_code,
        institution_code,
        {{ month_number("period") }} as month_no,
        null as fund_pay_yuan,
        null as deduct_confirmed_yuan,
        finding_cnt
    from findings
),

known as (
    select
        county_code,
        institution_code,
        month_no,
        sum(fund_pay_yuan) as fund_pay_yuan,
        sum(deduct_confirmed_yuan) as deduct_confirmed_yuan,
        sum(finding_cnt) as finding_cnt
    from facts
    group by county_code, institution_code, month_no
),

recent as (
    select
        settled.county_code,
        settled.institution_code,
        settled.month_no,
        sum(case when known.month_no > settled.month_no - 3 then known.fund_pay_yuan end) as fund_pay_yuan_3m,
        sum(case when known.month_no > settled.month_no - 3 then known.deduct_confirmed_yuan end) as deduct_confirmed_yuan_3m,
        sum(known.finding_cnt) as finding_cnt_12m
    from settled
    inner join known
        on settled.county_code = known.county_code
        and settled.institution_code = known.institution_code
        and known.month_no between settled.month_no - 11 and settled.month_no
    group by settled.county_code, settled.institution_code, settled.month_no
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
        "100.0 * coalesce(recent.deduct_confirmed_yuan_3m, 0) / nullif(recent.fund_pay_yuan_3m, 0)", 20, 4
    ) }} as deduct_rate_pct,
    cast(coalesce(recent.finding_cnt_12m, 0) as bigint) as finding_cnt_12m,

    settled.county_code,
    settled._revision
from settled
left join scores
    on settled.county_code = scores.county_code
    and settled.institution_code = scores.institution_code
    and settled.settled_month = scores.settled_month
left join recent
    on settled.county_code = recent.county_code
    and settled.institution_code = recent.institution_code
    and settled.month_no = recent.month_no
left join institutions
    on settled.county_code = institutions.county_code
    and settled.institution_code = institutions.institution_code
    and {{ valid_at("institutions", period_end("settled.settled_month")) }}
