with studios as (
    select * from {{ ref("stg_education__master_studio") }}
)

select
    studio_code,
    period,

    subject_code,
    result,

    member_cnt,
    delivery_cnt,
    research_output_cnt,
    young_grown_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from studios
