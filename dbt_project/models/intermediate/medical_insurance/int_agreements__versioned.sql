with institutions as (
    select * from {{ ref("stg_medical_insurance__designated_institution") }}
)

select
    institution_code,
    valid_from,
    valid_to,
    is_current,

    institution_kind,
    agreement_status,
    apply_channel,
    apply_date,
    {{ days_between("decide_date", "apply_date") }} as decide_day,

    area_code,
    county_code,
    _revision
from institutions
