with recommended as (
    select * from {{ ref("int_sampling_rates__recommended") }}
),

first_reviews as (
    select * from {{ ref("int_first_reviews__traced") }}
),

confirmations as (
    select * from {{ ref("seed_sampling_rate_confirmed") }}
),

reviewed as (
    select
        claim_county_code as county_code,
        institution_code,
        period,
        count(distinct settlement_no) as reviewed_claim_cnt
    from first_reviews
    group by claim_county_code, institution_code, period
),

review_spans as (
    select
        claim_county_code as county_code,
        min(period) as first_period,
        max(period) as last_period
    from first_reviews
    group by claim_county_code
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
        on recommended.county_code = confirmations.county_code
        and recommended.institution_code = confirmations.institution_code
        and recommended.period = confirmations.period
    left join reviewed
        on recommended.county_code = reviewed.county_code
        and recommended.institution_code = reviewed.institution_code
        and recommended.period = reviewed.period
    left join review_spans
        on recommended.county_code = review_spans.county_code
)

select
    institution_code,
    period,

    credit_grade,
    anomaly_score,
    rule_hit_rate_pct,
    deduct_rate_pct,
    finding_cnt_12m,

    base_rate_pct,
    recommended_rate_pct,
    applied_rate_pct,
    claim_cnt,
    -- Ten claims at least, as long as there are ten.
    cast(least(greatest(ceil(claim_cnt * applied_rate_pct / 100.0), 10), claim_cnt) as integer) as planned_claim_cnt,
    reviewed_claim_cnt,

    -- The strongest reason for reading more than the base rate, in words for the bureau.
    case
        when applied_rate_pct <> recommended_rate_pct then '经办机构确认比例，未采用建议值'
        when recommended_rate_pct > bounded_rate_pct then '上月比例较高，平滑后不低于上月的70%'
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
