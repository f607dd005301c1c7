{#
    A county or its prefecture against the published values of other areas. Both sides have the same
    period and basis. Where the other area has published an earlier period of the year only, the figure
    is kept with window_equal = false, so that nobody shows it without a mark; the latest common period
    stays beside it in a row of its own.
#}
with own as (
    select * from {{ ref("fct_indicator_value") }}
    where breakdown_code = '_T'
        and value is not null
        and {{ area_level("area_code") }} in ('county', 'prefecture')
),

indicators as (
    select * from {{ ref("seed_indicator") }}
),

series as (
    select
        benchmark.*,
        row_number() over (
            partition by county_code, indicator_code, compare_area_code, measure_basis, period
            order by _accepted_at desc, _submission_id
        ) as recency
    from {{ ref("stg_statistics__benchmark_series") }} as benchmark
),

{# The bureau of a county types the yardsticks of that county and of its prefecture. Bureaus that type the same one
   do not silence each other; for the prefecture the one that delivered last is heard. #}
pairs as (
    select
        own.indicator_code,
        own.area_code,
        series.compare_area_code,
        own.period,
        series.period as compare_period,
        own.measure_basis,
        own_period.period_end = compare_period.period_end as window_equal,
        indicators.unit,
        own.value as own_level,
        own.yoy_pct,
        series.value as compare_level,
        series.growth_pct,
        series.rank_desc,
        series.source_doc,
        row_number() over (
            partition by own.indicator_code, own.area_code, series.compare_area_code, own.period
            order by compare_period.period_end desc, series._accepted_at desc, series._submission_id
        ) as nearness
    from own
    inner join indicators on own.indicator_code = indicators.indicator_code
    inner join {{ ref("dim_period") }} as own_period
        on own.period = own_period.period and own.frequency = own_period.frequency
    inner join series
        on own.indicator_code = series.indicator_code
        and own.measure_basis = series.measure_basis
        and own.area_code <> series.compare_area_code
        and own.area_code in (series.county_code, substr(series.county_code, 1, 4) || '00000000')
        and series.recency = 1
    inner join {{ ref("dim_period") }} as compare_period
        on series.period = compare_period.period
        and own_period.year = compare_period.year
        and compare_period.period_end <= own_period.period_end
),

{# Growth is compared where the other side published no level. #}
measured as (
    select
        pairs.*,
        case when compare_level is null and unit <> '%' then yoy_pct else own_level end as value,
        coalesce(compare_level, growth_pct) as compare_value,
        case when unit = '%' or compare_level is null then '个百分点' else unit end as gap_unit
    from pairs
    where nearness = 1
)

select
    indicator_code,
    area_code,
    compare_area_code,
    period,
    compare_period,
    measure_basis,
    cast(value as decimal(28, 6)) as value,
    cast(compare_value as decimal(28, 6)) as compare_value,
    cast(value - compare_value as decimal(28, 6)) as gap,
    gap_unit,
    window_equal,
    rank_desc,
    source_doc,
    {{ county_code("area_code") }} as county_code,
    {{ lineage_columns() }}
from measured
where value is not null
