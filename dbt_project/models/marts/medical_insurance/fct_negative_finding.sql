with findings as (
    select * from {{ ref("stg_medical_insurance__negative_list_finding") }}
    where is_current
),

institutions as (
    select * from {{ ref("int_institutions__versioned") }}
)

select
    findings.finding_no,
    {{ period_of("findings.check_date", "monthly") }} as period,

    findings.institution_code,
    institutions.institution_kind,
    findings.check_kind,
    findings.item_code,
    findings.action,
    findings.rectified_date is not null as rectified,

    findings.finding_cnt,
    findings.amount_yuan,
    findings.returned_yuan,

    {{ county_of_row("findings", "institutions") }} as county_code,
    findings._revision,
    {{ lineage_columns() }}
from findings
left join institutions
    on findings.county_code = institutions.county_code
    and findings.institution_code = institutions.institution_code
    and {{ valid_at("institutions", "findings.check_date") }}
