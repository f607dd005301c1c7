with projects as (
    select * from {{ ref("int_funnel_projects__by_month") }}
),

-- Everybody who was ever signed belongs to the cohort: who left counts among those that did not arrive.
latest as (
    select
        projects.*,
        row_number() over (partition by county_code, project_no order by is_listed desc, period desc) as recency
    from projects
),

known_until as (
    select
        county_code,
        max(last_day) as last_day
    from projects
    group by county_code
),

dated as (
    select
        latest.county_code,
        latest.project_no,
        cast(extract(year from latest.sign_date) as integer) as cohort_year,
        known_until.last_day,
        latest.sign_date,
        latest.start_date,
        latest.stat_in_date,
        latest.production_date,
        latest.above_scale_date,
        latest.exit_date,
        latest._revision
    from latest
    inner join known_until on latest.county_code = known_until.county_code
    where latest.recency = 1 and latest.sign_date is not null
),

-- Each step with the day on which a project could have begun it and the day on which it did.
steps as (
    select
        dated.*,
        'STARTED' as stage,
        sign_date as before_date,
        start_date as reached_date
    from dated
    union all
    select
        dated.*,
        'IN_DATABASE' as stage,
        start_date as before_date,
        stat_in_date as reached_date
    from dated
    union all
    select
        dated.*,
        'IN_PRODUCTION' as stage,
        start_date as before_date,
        production_date as reached_date
    from dated
    union all
    select
        dated.*,
        'ABOVE_SCALE' as stage,
        production_date as before_date,
        above_scale_date as reached_date
    from dated
),

measured as (
    select
        county_code,
        cohort_year,
        stage,
        count(*) as signed_cnt,
        -- A project signed less than twelve months ago cannot be judged yet.
        count(*) filter (where {{ add_months("sign_date", 12) }} <= last_day) as mature_cnt,
        count(*) filter (
            where {{ add_months("sign_date", 12) }} <= last_day and reached_date <= {{ add_months("sign_date", 12) }}
        ) as reached_12m_cnt,
        count(reached_date) as reached_cnt,
        count(*) filter (where before_date is not null and reached_date is null and exit_date is null) as waiting_cnt,
        count(*) filter (where reached_date is null and exit_date is not null) as exited_cnt,
        {{ median(days_between("reached_date", "before_date")) }} as median_days,
        max(_revision) as _revision
    from steps
    group by county_code, cohort_year, stage
)

select
    cast(cohort_year as varchar(4)) as cohort_year,
    stage,

    signed_cnt,
    mature_cnt,
    reached_12m_cnt,
    {{ as_decimal("100 * " ~ safe_divide("reached_12m_cnt", "mature_cnt"), 18, 4) }} as conversion_12m_pct,
    reached_cnt,
    waiting_cnt,
    exited_cnt,
    {{ as_decimal("median_days", 18, 1) }} as median_days,

    county_code,
    _revision,
    {{ lineage_columns() }}
from measured
