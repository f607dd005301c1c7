with explained as (
    select * from {{ ref("fct_finding") }}
    where explanation is not null
),

accepted as (
    select * from {{ ref("fct_submission") }}
    where status = 'accepted'
),

latest as (
    select
        dataset_id,
        reporter_code,
        period,
        max(revision) as revision
    from accepted
    group by dataset_id, reporter_code, period
),

{# Where the period of a finding lies; every label belongs to one frequency. #}
counting as (
    select
        explained.*,
        accepted.revision = latest.revision as is_latest,
        coalesce(explained.row_area_code, explained.area_code) as stands_for_area,
        reported.period_start,
        reported.period_end
    from explained
    inner join accepted on explained.submission_id = accepted.submission_id
    inner join latest
        on explained.dataset_id = latest.dataset_id
        and explained.reporter_code = latest.reporter_code
        and explained.period = latest.period
    inner join {{ ref("dim_period") }} as reported on explained.period = reported.period
),

traced as (
    select * from {{ ref("int_marts__traced_to_datasets") }}
),

observed as (
    select distinct
        observations.indicator_code,
        observations.area_code,
        observations.period,
        observations.county_code,
        periods.period_start,
        periods.period_end,
        periods.year,
        case areas.area_level
            when 'province' then 2
            when 'prefecture' then 4
            when 'county' then 6
            when 'township' then 9
            else 12
        end as area_digits
    from {{ ref("fct_indicator_value") }} as observations
    inner join {{ ref("dim_period") }} as periods
        on observations.period = periods.period and observations.frequency = periods.frequency
    inner join {{ ref("dim_area") }} as areas on observations.area_code = areas.area_code
),

matched as (
    select
        observed.*,
        counting.submission_id,
        counting.seq,
        counting.dataset_id,
        counting.reporter_code,
        counting.period as reported_period,
        counting.rule_id,
        counting.message_zh,
        counting.column_name,
        counting.header_zh,
        counting.value as reported_value,
        counting.stands_for_area as row_area_code,
        counting.explanation,
        counting.carried_from
    from counting
    inner join traced on counting.dataset_id = traced.dataset_id
    inner join {{ ref("seed_indicator") }} as indicators on traced.mart = indicators.mart
    inner join observed
        on indicators.indicator_code = observed.indicator_code
        and substr(counting.stands_for_area, 1, observed.area_digits)
        = substr(observed.area_code, 1, observed.area_digits)
        and counting.period_start <= observed.period_end
    where (counting.is_latest or not traced.is_snapshot)
        {# The window says how far back rows enter the value. #}
        and (
            indicators.time_window in ('to_date', 'as_of')
            or counting.period_end >= observed.period_start
            or (
                indicators.time_window = 'year_to_date'
                and extract(year from counting.period_end) >= observed.year
            )
        )
)

select
    indicator_code,
    area_code,
    period,
    submission_id,
    seq,
    dataset_id,
    reporter_code,
    reported_period,
    row_area_code,
    rule_id,
    message_zh,
    column_name,
    header_zh,
    reported_value,
    explanation,
    carried_from,
    county_code,
    {{ lineage_columns() }}
from matched
