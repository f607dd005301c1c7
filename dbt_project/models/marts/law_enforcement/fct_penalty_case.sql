with versions as (
    select * from {{ ref("stg_law_enforcement__penalty_case") }}
),

latest as (
    select
        county_code,
        max({{ period_end("period") }}) as last_day
    from versions
    group by county_code
),

cases as (
    select
        versions.*,
        latest.last_day
    from versions
    inner join latest
        on versions.county_code = latest.county_code
    where versions.is_current
)

select
    case_no,
    {{ period_of("file_date", "monthly") }} as period,

    {{ township_code("area_code") }} as area_code,
    case_kind,
    penalty_yuan,
    performed_yuan,
    review_level,
    {{ days_between("decide_date", "file_date") }} as decide_day,
    case_status = 'CLOSED' as is_closed,
    -- An undecided case has taken until the end of the latest delivery.
    {{ days_between("coalesce(decide_date, last_day)", "file_date") }} > 90 as over_deadline,
    party_appeal,

    county_code,
    _revision,
    {{ lineage_columns() }}
from cases
