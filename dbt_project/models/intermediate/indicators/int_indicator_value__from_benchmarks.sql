{#
    Published values of other areas, as observations of the levels that an indicator takes from there.
    A rate of growth is the value of an indicator whose unit is percent.
#}
with series as (
    select * from {{ ref("stg_statistics__benchmark_series") }}
),

indicators as (
    select * from {{ ref("seed_indicator") }}
    where benchmark_levels is not null
),

candidates as (
    select
        indicators.indicator_code,
        series.compare_area_code as area_code,
        series.period as source_period,
        indicators.frequency,
        indicators.measure_basis,
        coalesce(series.value, case when indicators.unit = '%' then series.growth_pct end) as value,
        series._revision,
        row_number() over (
            partition by indicators.indicator_code, series.compare_area_code, series.period
            order by series._accepted_at desc, series._submission_id
        ) as recency
    from series
    inner join indicators
        on series.indicator_code = indicators.indicator_code
        and series.measure_basis = indicators.measure_basis
        and (',' || indicators.benchmark_levels || ',')
        like ('%,' || {{ area_level("series.compare_area_code") }} || ',%')
),

{# The series comes monthly; a quarterly or annual figure is that of the last month of its period. #}
dated as (
    select
        candidates.*,
        target.period
    from candidates
    inner join {{ ref("dim_period") }} as source on candidates.source_period = source.period
    inner join {{ ref("dim_period") }} as target
        on candidates.frequency = target.frequency and source.period_end = target.period_end
    where candidates.recency = 1 and candidates.value is not null
)

select
    cast(indicator_code as varchar(60)) as indicator_code,
    area_code,
    period,
    cast(frequency as varchar(20)) as frequency,
    cast(measure_basis as varchar(20)) as measure_basis,
    cast(null as varchar(60)) as breakdown_list,
    cast('_T' as varchar(60)) as breakdown_code,
    cast(value as decimal(28, 6)) as value,
    false as is_confidential,
    'A' as source_status,
    _revision as revision
from dated
