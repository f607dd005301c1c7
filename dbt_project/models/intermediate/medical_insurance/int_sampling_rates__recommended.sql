{%- set keep = 0.7 -%}
with known as (
    select * from {{ ref("int_sampling_evidence__known") }}
),

weighed as (
    select
        known.*,
        cast(
            case credit_grade when 'A' then 0.8 when 'C' then 1.3 when 'D' then 1.6 else 1.0 end as decimal(4, 2)
        ) as credit_factor,
        cast(
            case
                when institution_kind = 'PHARMACY' then {{ constant("sample_base", "PHARMACY") }}
                when institution_level = 'L3' then {{ constant("sample_base", "L3") }}
                when institution_level = 'L2' then {{ constant("sample_base", "L2") }}
                when institution_level = 'L1' then {{ constant("sample_base", "L1") }}
                else {{ constant("sample_base", "NONE") }}
            end as decimal(8, 4)
        ) as base_rate_pct
    from known
),

rated as (
    select
        weighed.*,
        base_rate_pct * (1 + 0.5 * anomaly_score) * (1 + 0.2 * finding_cnt_12m) * credit_factor as free_rate_pct
    from weighed
),

bounded as (
    select
        rated.*,
        cast(
            least(greatest(free_rate_pct, {{ constant("sample_min") }}), {{ constant("sample_max") }})
            as {{ double() }}
        ) as bounded_rate_pct,
        cast(month_no - min(month_no) over (partition by county_code, institution_code) as {{ double() }}) as months_on_record
    from rated
),

-- "Not below {{ keep }} of last month's rate" repeats itself month after month. Unrolled, the rate is the largest
-- of the bounded rates so far, each worn down by {{ keep }} for every month that has passed since.
smoothed as (
    select
        bounded.*,
        max(bounded_rate_pct / power({{ keep }}, months_on_record)) over (
            partition by county_code, institution_code order by month_no rows between unbounded preceding and current row
        ) * power({{ keep }}, months_on_record) as smoothed_rate_pct
    from bounded
)

select
    institution_code,
    period,

    credit_grade,
    anomaly_score,
    rule_hit_rate_pct,
    deduct_rate_pct,
    finding_cnt_12m,
    claim_cnt,

    base_rate_pct,
    credit_factor,
    {{ as_decimal("bounded_rate_pct", 8, 4) }} as bounded_rate_pct,
    {{ as_decimal("smoothed_rate_pct", 8, 4) }} as recommended_rate_pct,

    county_code,
    _revision
from smoothed
