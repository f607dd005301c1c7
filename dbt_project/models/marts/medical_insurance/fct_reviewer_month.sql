with first_reviews as (
    select * from {{ ref("int_first_reviews__traced") }}
),

posts as (
    select * from {{ ref("stg_medical_insurance__reviewer_post") }}
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

months as (
    select distinct
        period,
        county_code
    from reviewed
),

-- The norm may change from quarter to quarter; when a post ended is known from its latest version.
post_versions as (
    select
        posts.*,
        row_number() over (partition by county_code, reviewer_code, post_code, start_date order by valid_from) as version_no,
        max(case when is_current then end_date end) over (
            partition by county_code, reviewer_code, post_code, start_date
        ) as last_end_date
    from posts
),

held as (
    select
        post_versions.county_code,
        post_versions.reviewer_code,
        months.period,
        post_versions.reviewer_org,
        post_versions.start_date,
        post_versions._revision,
        max(case when post_versions.post_code = 'INITIAL' then post_versions.target_claim_cnt end) over (
            partition by post_versions.county_code, post_versions.reviewer_code, months.period
        ) as target_claim_cnt,
        row_number() over (
            partition by post_versions.county_code, post_versions.reviewer_code, months.period
            order by post_versions.start_date desc, post_versions.post_code
        ) as post_no
    from post_versions
    inner join months
        on post_versions.county_code = months.county_code
        and post_versions.start_date <= {{ period_end("months.period") }}
        and (post_versions.last_end_date is null or post_versions.last_end_date >= {{ period_start("months.period") }})
        and (post_versions.version_no = 1 or post_versions.valid_from <= {{ period_end("months.period") }})
        and (post_versions.valid_to is null or post_versions.valid_to > {{ period_end("months.period") }})
),

current_posts as (
    select * from held
    where post_no = 1
),

combined as (
    select
        coalesce(reviewed.reviewer_code, current_posts.reviewer_code) as reviewer_code,
        coalesce(reviewed.period, current_posts.period) as period,
        coalesce(reviewed.reviewer_org, current_posts.reviewer_org) as reviewer_org,
        coalesce(reviewed.reviewed_claim_cnt, 0) as reviewed_claim_cnt,
        coalesce(reviewed.deduct_yuan, 0) as deduct_yuan,
        coalesce(reviewed.deduct_confirmed_yuan, 0) as deduct_confirmed_yuan,
        coalesce(reviewed.error_cnt, 0) as error_cnt,
        coalesce(reviewed.spot_checked_cnt, 0) as spot_checked_cnt,
        current_posts.target_claim_cnt,
        100.0 * coalesce(reviewed.reviewed_claim_cnt, 0) / nullif(current_posts.target_claim_cnt, 0) as workload_pct,
        100.0 * reviewed.error_cnt / nullif(reviewed.spot_checked_cnt, 0) as error_rate_pct,
        current_posts.start_date,
        coalesce(reviewed.county_code, current_posts.county_code) as county_code,
        coalesce(reviewed._revision, current_posts._revision) as _revision
    from reviewed
    full outer join current_posts
        on reviewed.county_code = current_posts.county_code
        and reviewed.reviewer_code = current_posts.reviewer_code
        and reviewed.period = current_posts.period
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
