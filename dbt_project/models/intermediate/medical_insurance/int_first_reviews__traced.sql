with reviews as (
    select * from {{ ref("stg_medical_insurance__claim_review") }}
    where is_current and review_step = 'FIRST'
),

reviewed_claims as (
    select * from {{ ref("int_reviewed_claims__located") }}
),

numbered as (
    select
        reviews.*,
        row_number() over (partition by county_code, settlement_no order by review_date, review_no) as first_review_no
    from reviews
)

select
    numbered.review_no,
    numbered.settlement_no,
    numbered.reviewer_code,
    numbered.reviewer_org,
    {{ period_of("numbered.review_date", "monthly") }} as period,
    reviewed_claims.institution_code,
    reviewed_claims.claim_county_code,
    numbered.deduct_yuan,
    numbered.deduct_confirmed_yuan,
    -- Whoever read the claim first answers for what later steps find, once.
    numbered.is_error or (numbered.first_review_no = 1 and reviewed_claims.has_error) as is_error,
    numbered.first_review_no = 1 and reviewed_claims.is_spot_checked as is_spot_checked,
    numbered.county_code,
    numbered._revision
from numbered
inner join reviewed_claims
    on numbered.county_code = reviewed_claims.county_code
    and numbered.settlement_no = reviewed_claims.settlement_no
