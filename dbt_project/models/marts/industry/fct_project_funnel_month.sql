with projects as (
    select * from {{ ref("int_funnel_projects__by_month") }}
),

flagged as (
    select
        projects.*,
        case
            when not is_listed or exit_date is not null then 'EXITED'
            when above_scale_date is not null then 'ABOVE_SCALE'
            when production_date is not null then 'IN_PRODUCTION'
            when stat_in_date is not null then 'IN_DATABASE'
            when start_date is not null then 'STARTED'
            else 'SIGNED'
        end as stage,
        is_listed and exit_date is null as is_running,
        -- The same window of last year: January to the same month.
        coalesce(stat_in_date between last_year_start and last_year_end, false) as stat_in_ly_ytd
    from projects
)

select
    project_no,
    period,

    {{ township_code("area_code") }} as area_code,
    zone_code,
    industry_group,
    source_batch,
    total_invest_wan,
    stage,

    is_listed and coalesce(sign_date >= new_year, false) as sign_ytd,
    is_listed and coalesce(start_date >= new_year, false) as start_ytd,
    is_listed and coalesce(stat_in_date >= new_year, false) as stat_in_ytd,
    stat_in_ly_ytd,
    is_listed and coalesce(production_date >= new_year, false) as production_ytd,
    is_listed and coalesce(above_scale_date >= new_year, false) as above_scale_ytd,

    is_running and sign_date is not null and start_date is null as not_started,
    is_running and start_date is not null and stat_in_date is null as started_not_in_database,
    is_running and production_date is not null and above_scale_date is null as produced_not_above_scale,
    {{ days_between("last_day", "case stage
        when 'EXITED' then exit_date
        when 'ABOVE_SCALE' then above_scale_date
        when 'IN_PRODUCTION' then production_date
        when 'IN_DATABASE' then stat_in_date
        when 'STARTED' then start_date
        else sign_date end") }} as days_in_stage,

    county_code,
    _revision,
    {{ lineage_columns() }}
from flagged
where is_listed or stat_in_ly_ytd
