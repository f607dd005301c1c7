with institutions as (
    select * from {{ ref("stg_medical_insurance__designated_institution") }}
),

-- The code is national: of two bureaus that list one institution, the one that delivered last is heard.
numbered as (
    select
        institutions.*,
        row_number() over (partition by institution_code, valid_from order by _accepted_at desc, county_code) as choice
    from institutions
),

ordered as (
    select
        numbered.*,
        row_number() over (partition by institution_code order by valid_from) as version_no,
        lead(valid_from) over (partition by institution_code order by valid_from) as next_valid_from
    from numbered
    where choice = 1
)

select
    institution_code,
    -- The register arrives later than the first claims: its first version also describes the time before.
    case when version_no = 1 then cast('1900-01-01' as date) else valid_from end as valid_from,
    next_valid_from as valid_to,
    next_valid_from is null as is_current,
    institution_kind,
    institution_level,
    credit_grade,
    agreement_status,
    area_code,
    county_code
from ordered
