with organizations as (
    select * from {{ ref("stg_civil_affairs__social_organization") }}
),

graded as (
    select
        organizations.*,
        -- A grade holds for five years; without its date nobody knows that it still does.
        coalesce(
            grade is not null and grade_date >= {{ add_months(period_end("period"), -60) }}, false
        ) as grade_valid
    from organizations
)

select
    uscc,
    period,

    org_kind,
    inspect_result,
    grade_valid,
    grade_valid and grade in ('G3', 'G4', 'G5') as grade_high,

    trained_cnt,

    county_code,
    _revision,
    {{ lineage_columns() }}
from graded
