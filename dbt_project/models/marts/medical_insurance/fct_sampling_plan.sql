{%- set keep = 0.7 -%}
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

first_reviews as (
    select * from {{ ref("int_first_reviews__traced") }}
),

findings as (
    select * from {{ ref("fct_negative_finding") }}
),

confirmations as (
    select * from {{ ref("seed_sampling_rate_confirmed") }}
),

settled as (
    select
        institution_code,
        period as settled_month,
        {{ month_number("period") }} as month_no,
        max(county_code) as county_code,
        sum(claim_cnt) as claim_cnt,
        sum(rule_hit_claim_cnt) as rule_hit_claim_cnt,
        sum(fund_pay_yuan) as fund_pay_yuan,
        max(_revision) as _revision
    from claims
    group by institution_code, period
),

scores as (
    select
        institution_code,
        period as settled_month,
        max(anomaly_score) as anomaly_score
    from costs
    group by institution_code, period
),

deducted as (
    select
        institution_code,
        {{ month_number("review_month") }} as month_no,
        sum(deduct_confirmed_yuan) as deduct_confirmed_yuan
    from reviewed_claims
    group by institution_code, review_month
),

found as (
    select
        institution_code,
        {{ month_number("period") }} as month_no,
        sum(finding_cnt) as finding_cnt
    from findings
    group by institution_code, period
),

deducted_3m as (
    select
        settled.institution_code,
        settled.month_no,
        sum(deducted.deduct_confirmed_yuan) as deduct_confirmed_yuan
    from settled
    inner join deducted
        on settled.institution_code = deducted.institution_code
        and deducted.month_no between settled.month_no - 2 and settled.month_no
    group by settled.institution_code, settled.month_no
),

found_12m as (
    select
        settled.institution_code,
        settled.month_no,
        sum(found.finding_cnt) as finding_cnt
    from settled
    inner join found
        on settled.institution_code = found.institution_code
        and found.month_no between settled.month_no - 11 and settled.month_no
    group by settled.institution_code, settled.month_no
),

funded_3m as (
    select
        institution_code,
        month_no,
        sum(fund_pay_yuan) over (
            partition by institution_code order by month_no range between 2 preceding and current row
        ) as fund_pay_yuan
    from settled
),

reviewed as (
    select
        institution_code,
        period,
        count(distinct settlement_no) as reviewed_claim_cnt
    from first_reviews
    group by institution_code, period
),

review_spans as (
    select
        county_code,
        min(period) as first_period,
        max(period) as last_period
    from first_reviews
    group by county_code
),

-- What is known at the end of a settled month decides the rate of the month after it.
known as (
    select
        settled.institution_code,
        {{ month_label("settled.month_no + 1") }} as period,
        settled.month_no + 1 as month_no,
        settled.claim_cnt,
        100.0 * settled.rule_hit_claim_cnt / settled.claim_cnt as rule_hit_rate_pct,
        100.0 * coalesce(deducted_3m.deduct_confirmed_yuan, 0) / nullif(funded_3m.fund_pay_yuan, 0) as deduct_rate_pct,
        coalesce(scores.anomaly_score, 0) as anomaly_score,
        coalesce(found_12m.finding_cnt, 0) as finding_cnt_12m,
        institutions.credit_grade,
        cast(
            case institutions.credit_grade when 'A' then 0.8 when 'C' then 1.3 when 'D' then 1.6 else 1.0 end
            as decimal(4, 2)
        ) as credit_factor,
        cast(
            case
                when institutions.institution_kind = 'PHARMACY' then {{ constant("sample_base", "PHARMACY") }}
                when institutions.institution_level = 'L3' then {{ constant("sample_base", "L3") }}
                when institutions.institution_level = 'L2' then {{ constant("sample_base", "L2") }}
                when institutions.institution_level = 'L1' then {{ constant("sample_base", "L1") }}
                else {{ constant("sample_base", "NONE") }}
            end as decimal(8, 4)
        ) as base_rate_pct,
        coalesce(institutions.county_code, settled.county_code) as county_code,
        settled._revision
    from settled
    left join scores
        on settled.institution_code = scores.institution_code
        and settled.settled_month = scores.settled_month
    left join deducted_3m
        on settled.institution_code = deducted_3m.institution_code
        and settled.month_no = deducted_3m.month_no
    left join funded_3m
        on settled.institution_code = funded_3m.institution_code
        and settled.month_no = funded_3m.month_no
    left join found_12m
        on settled.institution_code = found_12m.institution_code
        and settled.month_no = found_12m.month_no
    left join institutions
        on settled.institution_code = institutions.institution_code
        and institutions.valid_from <= {{ period_end("settled.settled_month") }}
        and (institutions.valid_to is null or institutions.valid_to > {{ period_end("settled.settled_month") }})
),

rated as (
    select
        known.*,
        base_rate_pct * (1 + 0.5 * anomaly_score) * (1 + 0.2 * finding_cnt_12m) * credit_factor as free_rate_pct
    from known
),

bounded as (
    select
        rated.*,
        cast(
            least(greatest(free_rate_pct, {{ constant("sample_min") }}), {{ constant("sample_max") }})
            as {{ double() }}
        ) as bounded_rate_pct,
        cast(month_no - min(month_no) over (partition by institution_code) as {{ double() }}) as months_on_record
    from rated
),

-- "Not below {{ keep }} of last month's rate" repeats itself month after month. Unrolled, the rate is the largest
-- of the bounded rates so far, each worn down by {{ keep }} for every month that has passed since.
smoothed as (
    select
        bounded.*,
        max(bounded_rate_pct / power({{ keep }}, months_on_record)) over (
            partition by institution_code order by month_no rows between unbounded preceding and current row
        ) * power({{ keep }}, months_on_record) as smoothed_rate_pct
    from bounded
),

recommended as (
    select
        smoothed.*,
        {{ as_decimal("smoothed_rate_pct", 8, 4) }} as recommended_rate_pct
    from smoothed
),

applied as (
    select
        recommended.*,
        coalesce(cast(confirmations.applied_rate_pct as decimal(8, 4)), recommended.recommended_rate_pct) as applied_rate_pct,
        -- A month whose reviews have not been delivered is not a month without reviews: the count stays empty.
        case
            when recommended.period between review_spans.first_period and review_spans.last_period
                then coalesce(reviewed.reviewed_claim_cnt, 0)
        end as reviewed_claim_cnt
    from recommended
    left join confirmations
        on recommended.institution_code = confirmations.institution_code
        and recommended.period = confirmations.period
    left join reviewed
        on recommended.institution_code = reviewed.institution_code
        and recommended.period = reviewed.period
    left join review_spans
        on recommended.county_code = review_spans.county_code
)

select
    institution_code,
    period,

    credit_grade,
    cast(anomaly_score as decimal(18, 4)) as anomaly_score,
    {{ as_decimal("rule_hit_rate_pct", 8, 4) }} as rule_hit_rate_pct,
    {{ as_decimal("deduct_rate_pct", 20, 4) }} as deduct_rate_pct,
    cast(finding_cnt_12m as bigint) as finding_cnt_12m,

    base_rate_pct,
    recommended_rate_pct,
    applied_rate_pct,
    cast(claim_cnt as bigint) as claim_cnt,
    -- Ten claims at least, as long as there are ten.
    cast(least(greatest(ceil(claim_cnt * applied_rate_pct / 100.0), 10), claim_cnt) as integer) as planned_claim_cnt,
    reviewed_claim_cnt,

    -- The strongest reason for reading more than the base rate, in words for the bureau.
    case
        when applied_rate_pct <> recommended_rate_pct then '经办机构确认比例，未采用建议值'
        when recommended_rate_pct > {{ as_decimal("bounded_rate_pct", 8, 4) }} then '上月比例较高，平滑后不低于上月的70%'
        when 0.5 * anomaly_score > 0
            and 0.5 * anomaly_score >= 0.2 * finding_cnt_12m
            and 1 + 0.5 * anomaly_score >= credit_factor
            then '费用增长高于自身趋势或同类机构，异常得分' || cast(cast(anomaly_score as decimal(18, 2)) as varchar(20))
        when finding_cnt_12m > 0 and 1 + 0.2 * finding_cnt_12m >= credit_factor
            then '近12个月负面清单问题' || cast(finding_cnt_12m as varchar(20)) || '个'
        when credit_factor > 1 then '信用等级' || credit_grade || '，提高比例'
        when credit_factor < 1 then '信用等级' || credit_grade || '，降低比例'
        else '按基础比例抽查'
    end as reason_zh,

    county_code,
    _revision,
    {{ lineage_columns() }}
from applied
