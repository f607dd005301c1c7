with reviews as (
    select * from {{ ref("stg_medical_insurance__claim_review") }}
    where is_current
),

claims as (
    select * from {{ ref("stg_medical_insurance__claim") }}
),

institutions as (
    select * from {{ ref("int_institutions__versioned") }}
),

reviewed as (
    select
        county_code,
        settlement_no,
        min(review_date) as first_review_date,
        cast(max(coalesce(deduct_confirmed_yuan, 0)) as decimal(14, 2)) as deduct_confirmed_yuan,
        {{ any_true("is_error") }} as has_error,
        {{ any_true("review_step = 'SPOT'") }} as is_spot_checked
    from reviews
    group by county_code, settlement_no
)

select
    reviewed.county_code,
    reviewed.settlement_no,
    claims.institution_code,
    {{ county_of_row("reviewed", "institutions") }} as claim_county_code,
    {{ period_of("reviewed.first_review_date", "monthly") }} as review_month,
    -- A claim read in several steps is deducted once: its largest confirmed sum counts.
    reviewed.deduct_confirmed_yuan,
    reviewed.has_error,
    reviewed.is_spot_checked
from reviewed
left join claims
    on reviewed.county_code = claims.county_code
    and reviewed.settlement_no = claims.settlement_no
left join institutions
    on claims.county_code = institutions.county_code
    and claims.institution_code = institutions.institution_code
    and {{ valid_at("institutions", "reviewed.first_review_date") }}
