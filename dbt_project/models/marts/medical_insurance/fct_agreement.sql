with agreements as (
    select * from {{ ref("int_agreements__versioned") }}
)

select
    institution_code,

    institution_kind,
    agreement_status,
    apply_channel,
    apply_date,
    decide_day,

    county_code,
    _revision,
    {{ lineage_columns() }}
from agreements
where is_current
