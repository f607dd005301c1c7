with posts as (
    select * from {{ ref("stg_medical_insurance__reviewer_post") }}
),

reviews as (
    select * from {{ ref("int_first_reviews__traced") }}
),

months as (
    select distinct
        county_code,
        period
    from reviews
),

-- The norm may change from quarter to quarter; when a post ended is known from its latest version.
versions as (
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
        versions.county_code,
        versions.reviewer_code,
        months.period,
        versions.reviewer_org,
        versions.start_date,
        versions._revision,
        max(case when versions.post_code = 'INITIAL' then versions.target_claim_cnt end) over (
            partition by versions.county_code, versions.reviewer_code, months.period
        ) as target_claim_cnt,
        row_number() over (
            partition by versions.county_code, versions.reviewer_code, months.period
            order by versions.start_date desc, versions.post_code
        ) as post_no
    from versions
    inner join months
        on versions.county_code = months.county_code
        and versions.start_date <= {{ period_end("months.period") }}
        and (versions.last_end_date is null or versions.last_end_date >= {{ period_start("months.period") }})
        and (versions.version_no = 1 or versions.valid_from <= {{ period_end("months.period") }})
        and (versions.valid_to is null or versions.valid_to > {{ period_end("months.period") }})
)

select
    county_code,
    reviewer_code,
    period,
    reviewer_org,
    start_date,
    target_claim_cnt,
    _revision
from held
where post_no = 1
