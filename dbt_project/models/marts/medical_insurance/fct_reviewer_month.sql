with first_reviews as (
    select * from {{ ref("int_first_reviews__traced") }}
),

posts as (
    select * from {{ ref("int_reviewer_posts__by_month") }}
),

reviewed as (
    select
        county_code,
        reviewer_code,
        period,
        max(reviewer_org) as reviewer_org,
        count(distinct settlement_no) as reviewed_claim_cnt,
        sum(deduct_yuan) as deduct_yuan,
        sum(coalesce(deduct_confirmed_yuan, 0)) as deduct_confirmed_yuan,
        count(*) filter (where is_error) as error_cnt,
        count(*) filter (where is_spot_checked) as spot_checked_cnt,
        max(_revision) as _revision
    from first_reviews
    group by county_code, reviewer_code, period
),

combined as (
    select
        coalesce(reviewed.reviewer_code, posts.reviewer_code) as reviewer_code,
        coalesce(reviewed.period, posts.period) as period,
        coalesce(reviewed.reviewer_org, posts.reviewer_org) as reviewer_org,
        coalesce(reviewed.reviewed_claim_cnt, 0) as reviewed_claim_cnt,
        coalesce(reviewed.deduct_yuan, 0) as deduct_yuan,
        coalesce(reviewed.deduct_confirmed_yuan, 0) as deduct_confirmed_yuan,
        coalesce(reviewed.error_cnt, 0) as error_cnt,
        coalesce(reviewed.spot_checked_cnt, 0) as spot_checked_cnt,
        posts.target_claim_cnt,
        100.0 * coalesce(reviewed.reviewed_claim_cnt, 0) / nullif(posts.target_claim_cnt, 0) as workload_pct,
        100.0 * reviewed.error_cnt / nullif(reviewed.spot_checked_cnt, 0) as error_rate_pct,
        posts.start_date,
        coalesce(reviewed.county_code, posts.county_code) as county_code,
        coalesce(reviewed._revision, posts._revision) as _revision
    from reviewed
    full outer join posts
        on reviewed.county_code = posts.county_code
        and reviewed.reviewer_code = posts.reviewer_code
        and reviewed.period = posts.period
),

-- Rank among those who have a norm and read claims: the largest confirmed deduction of the month is 1.
ranked as (
    select
        combined.*,
        cume_dist() over (
            partition by county_code, period, case when workload_pct > 0 then 1 else 0 end
            order by deduct_confirmed_yuan
        ) as deduct_rank
    from combined
)

select
    reviewer_code,
    period,

    reviewer_org,
    reviewed_claim_cnt,
    cast(deduct_yuan as decimal(16, 2)) as deduct_yuan,
    cast(deduct_confirmed_yuan as decimal(16, 2)) as deduct_confirmed_yuan,
    error_cnt,
    spot_checked_cnt,
    target_claim_cnt,
    -- The month of taking over and the month of the row both count.
    {{ months_between(period_start("period"), "start_date") }} + 1 as post_month_cnt,

    {{ as_decimal("workload_pct", 12, 2) }} as workload_pct,
    {{ as_decimal("error_rate_pct", 12, 4) }} as error_rate_pct,
    cast(
        case
            when workload_pct > 0
                then 40 * least(workload_pct, 120) / 100
                    + 30 * deduct_rank
                    + greatest(30 * (1 - coalesce(error_rate_pct, 0) / 5), 0)
        end as decimal(6, 2)
    ) as score,

    county_code,
    _revision,
    {{ lineage_columns() }}
from ranked
