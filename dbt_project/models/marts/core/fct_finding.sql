with findings as (
    select * from {{ source("raw", "ledger__finding") }}
),

submissions as (
    select * from {{ ref("fct_submission") }}
)

select
    findings.submission_id,
    findings.seq,
    findings.dataset_id,
    submissions.department,
    findings.reporter_code,
    submissions.area_code,
    submissions.county_code,
    findings.period,
    findings.revision,
    findings.rule_id,
    findings.severity,
    findings.message_zh,
    findings.sheet,
    findings.src_row,
    findings.column_name,
    findings.header_zh,
    findings.cell,
    findings.value,
    findings.explanation,
    findings.carried_from,
    findings.row_area_code,
    {{ lineage_columns() }}
from findings
inner join submissions on findings.submission_id = submissions.submission_id
