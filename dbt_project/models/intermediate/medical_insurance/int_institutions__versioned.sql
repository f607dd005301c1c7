with institutions as (
    select * from {{ ref("stg_medical_insurance__designated_institution") }}
),

claims as (
    select * from {{ ref("stg_medical_insurance__claim") }}
),

findings as (
    select * from {{ ref("stg_medical_insurance__negative_list_finding") }}
),

-- Where the prefecture lists an institution beside its county, the one that delivered last is heard.
numbered as (
    select
        institutions.*,
        row_number() over (
            partition by county_code, institution_code, valid_from order by _accepted_at desc, _submission_id
        ) as choice
    from institutions
),

ordered as (
    select
        numbered.*,
        row_number() over (partition by county_code, institution_code order by valid_from) as version_no,
        lead(valid_from) over (partition by county_code, institution_code order by valid_from) as next_valid_from
    from numbered
    where choice = 1
),

listed as (
    select
        county_code,
        institution_code,
        max(_accepted_at) as last_accepted_at
    from institutions
    group by county_code, institution_code
),

named as (
    select
        county_code,
        institution_code
    from listed
    union
    select
        county_code,
        institution_code
    from claims
    union
    select
        county_code,
        institution_code
    from findings
),

-- The code is national: what a county does not list itself, another one may.
readers as (
    select
        named.county_code,
        named.institution_code,
        listed.county_code as located_county_code,
        {{ register_choice("named", "listed", "institution_code") }} as choice
    from named
    inner join listed on named.institution_code = listed.institution_code
)

select
    ordered.institution_code,
    -- The register arrives later than the first claims: its first version also describes the time before.
    case when ordered.version_no = 1 then cast('1900-01-01' as date) else ordered.valid_from end as valid_from,
    ordered.next_valid_from as valid_to,
    ordered.next_valid_from is null as is_current,
    ordered.institution_kind,
    ordered.institution_level,
    ordered.credit_grade,
    ordered.agreement_status,
    ordered.area_code,
    readers.located_county_code,
    readers.county_code
from ordered
inner join readers
    on ordered.county_code = readers.located_county_code
    and ordered.institution_code = readers.institution_code
    and readers.choice = 1
