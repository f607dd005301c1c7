{%- set enough_claims = 30 -%}
{%- set enough_months = 6 -%}
with monthly as (
    select
        county_code,
        institution_code,
        visit_kind,
        period,
        {{ month_number("period") }} as month_no,
        claim_cnt,
        cast(total_fee_yuan as {{ double() }}) as fee_yuan
    from {{ ref("int_claims__summed_by_month") }}
),

windowed as (
    select
        monthly.*,
        sum(claim_cnt) over last_3 as claim_cnt_3m,
        sum(fee_yuan) over last_3 as fee_yuan_3m,
        sum(claim_cnt) over year_ago as claim_cnt_ly,
        sum(fee_yuan) over year_ago as fee_yuan_ly,
        sum(claim_cnt) over year_ago_3 as claim_cnt_3m_ly,
        sum(fee_yuan) over year_ago_3 as fee_yuan_3m_ly
    from monthly
    window
        last_3 as (
            partition by county_code, institution_code, visit_kind
            order by month_no range between 2 preceding and current row
        ),
        year_ago as (
            partition by county_code, institution_code, visit_kind
            order by month_no range between 12 preceding and 12 preceding
        ),
        year_ago_3 as (
            partition by county_code, institution_code, visit_kind
            order by month_no range between 14 preceding and 12 preceding
        )
),

-- A small month on either side makes both sides use three months: only equal windows are compared.
borrowed as (
    select
        windowed.*,
        claim_cnt < {{ enough_claims }} or coalesce(claim_cnt_ly, 0) < {{ enough_claims }} as is_borrowed
    from windowed
),

based as (
    select
        borrowed.*,
        case when is_borrowed then claim_cnt_3m else claim_cnt end as basis_claim_cnt,
        case when is_borrowed then claim_cnt_3m_ly else claim_cnt_ly end as basis_claim_cnt_ly,
        case when is_borrowed then fee_yuan_3m / claim_cnt_3m else fee_yuan / claim_cnt end as basis_fee,
        case
            when is_borrowed then fee_yuan_3m_ly / nullif(claim_cnt_3m_ly, 0)
            else fee_yuan_ly / nullif(claim_cnt_ly, 0)
        end as basis_fee_ly,
        case
            when claim_cnt >= {{ enough_claims }} then fee_yuan / claim_cnt
            when claim_cnt_3m >= {{ enough_claims }} then fee_yuan_3m / claim_cnt_3m
        end as trend_fee
    from borrowed
),

points as (
    select
        based.*,
        cast(case when trend_fee is not null then month_no end as {{ double() }}) as x,
        trend_fee as y
    from based
),

summed as (
    select
        points.*,
        count(y) over year_to_month as n,
        avg(x) over year_to_month as x_avg,
        avg(y) over year_to_month as y_avg,
        sum(x * x) over year_to_month as xx_sum,
        sum(x * y) over year_to_month as xy_sum,
        sum(y * y) over year_to_month as yy_sum
    from points
    window year_to_month as (
        partition by county_code, institution_code, visit_kind order by month_no range between 11 preceding and current row
    )
),

-- Ordinary least squares of fee on month; the month itself is one of the twelve points.
deviations as (
    select
        summed.*,
        xx_sum - n * x_avg * x_avg as s_xx,
        xy_sum - n * x_avg * y_avg as s_xy,
        yy_sum - n * y_avg * y_avg as s_yy
    from summed
),

residuals as (
    select
        deviations.*,
        case when n >= {{ enough_months }} then y - y_avg - s_xy / s_xx * (x - x_avg) end as residual,
        case when n >= {{ enough_months }} then sqrt(greatest(s_yy - s_xy * s_xy / s_xx, 0) / (n - 2)) end as residual_deviation
    from deviations
)

select
    county_code,
    institution_code,
    visit_kind,
    period,
    is_borrowed,
    basis_claim_cnt >= {{ enough_claims }} and coalesce(basis_claim_cnt_ly, 0) >= {{ enough_claims }} as is_comparable,
    {{ as_decimal("100 * (basis_fee / nullif(basis_fee_ly, 0) - 1)", 18, 6) }} as growth_yoy_pct,
    -- A history without any scatter (up to rounding) says nothing about what is unusual.
    cast(
        case when residual_deviation > 0.000001 * abs(y_avg) then residual / residual_deviation end as decimal(18, 6)
    ) as trend_z
from residuals
