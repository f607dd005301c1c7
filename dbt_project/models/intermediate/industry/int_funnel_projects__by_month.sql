with ledger as (
    select * from {{ ref("stg_industry__funnel_project") }}
),

months as (
    select distinct
        county_code,
        period,
        {{ period_end("period") }} as last_day,
        make_date({{ year_of("period") }}, 1, 1) as new_year,
        make_date({{ year_of("period") }} - 1, 1, 1) as last_year_start,
        {{ last_day(add_months(period_end("period"), -12)) }} as last_year_end
    from ledger
),

-- Every row of the ledger is seen from its own month and from all that follow; recency 1 is the project's latest row.
seen as (
    select
        ledger.*,
        months.period as seen_from,
        months.last_day,
        months.new_year,
        months.last_year_start,
        months.last_year_end,
        ledger.period = months.period as is_listed,
        row_number() over (
            partition by ledger.county_code, ledger.project_no, months.period order by ledger.period desc
        ) as recency
    from ledger
    inner join months
        on ledger.county_code = months.county_code
        and ledger.period <= months.period
),

-- A project that has left the ledger still belongs to last year's figures: it counts with its last row.
combined as (
    select * from seen
    where recency = 1 and {{ year_of("period") }} >= {{ year_of("seen_from") }} - 1
)

-- Only what had happened by the end of the month is known in it.
select
    county_code,
    project_no,
    seen_from as period,
    last_day,
    new_year,
    last_year_start,
    last_year_end,
    is_listed,

    area_code,
    zone_code,
    industry_group,
    source_batch,
    total_invest_wan,

    case when sign_date <= last_day then sign_date end as sign_date,
    case when start_date <= last_day then start_date end as start_date,
    case when stat_in_date <= last_day then stat_in_date end as stat_in_date,
    case when production_date <= last_day then production_date end as production_date,
    case when above_scale_date <= last_day then above_scale_date end as above_scale_date,
    case when exit_date <= last_day then exit_date end as exit_date,

    _revision
from combined
