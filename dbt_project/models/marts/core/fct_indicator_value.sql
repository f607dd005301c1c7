with observed as (
    select * from {{ ref("int_indicator_value") }}
),

benchmarks as (
    select * from {{ ref("int_indicator_value__from_benchmarks") }}
),

{# What the departments delivered comes before what a bulletin printed. #}
observations as (
    select * from observed
    union all
    select * from benchmarks
    where not exists (
            select 1 from observed
            where observed.indicator_code = benchmarks.indicator_code
                and observed.area_code = benchmarks.area_code
                and observed.period = benchmarks.period
                and observed.breakdown_code = '_T'
        )
),

{#
    What the codes that an area followed had before: what two townships reported before their merger
    counts, with its share, for the one that is compared with it now. Ratios cannot be carried over.
#}
inherited as (
    select
        now.indicator_code,
        now.area_code,
        now.period,
        now.breakdown_list,
        now.breakdown_code,
        sum(case when old.period = periods.prior_period then old.value * crosswalk.share end) as prior_value,
        sum(case when old.period = periods.same_period_last_year then old.value * crosswalk.share end)
            as same_period_value
    from observations as now
    inner join {{ ref("dim_area_crosswalk") }} as crosswalk on now.area_code = crosswalk.successor_code
    inner join {{ ref("seed_indicator") }} as indicators
        on now.indicator_code = indicators.indicator_code
        and indicators.aggregation in ('sum', 'last')
    inner join {{ ref("dim_period") }} as periods
        on now.period = periods.period
        and now.frequency = periods.frequency
        and crosswalk.changed_on <= periods.period_end
    inner join observations as old
        on crosswalk.area_code = old.area_code
        and {{ same_statistic("now", "old") }}
        and old.period in (periods.prior_period, periods.same_period_last_year)
    group by
        now.indicator_code,
        now.area_code,
        now.period,
        now.breakdown_list,
        now.breakdown_code
),

{# Targets are set for the whole. As a column beside the others that is hashed with them; as a condition on the values
   every one of them would be compared with every target. #}
targets as (
    select
        targeted.*,
        '_T' as breakdown_code
    from {{ ref("fct_indicator_target") }} as targeted
),

compared as (
    select
        now.*,
        indicators.unit,
        {{ with_inherited("before.value", "inherited.prior_value") }} as prior_value,
        {{ with_inherited("last_year.value", "inherited.same_period_value") }} as same_period_value,
        coalesce(own_target.target_value, year_target.target_value) as target_value,
        coalesce(own_target.comparator, year_target.comparator) as comparator
    from observations as now
    inner join {{ ref("seed_indicator") }} as indicators on now.indicator_code = indicators.indicator_code
    inner join {{ ref("dim_period") }} as periods
        on now.period = periods.period and now.frequency = periods.frequency
    left join observations as before
        on periods.prior_period = before.period
        and {{ same_series("now", "before") }}
    left join observations as last_year
        on periods.same_period_last_year = last_year.period
        and {{ same_series("now", "last_year") }}
    left join inherited
        on now.period = inherited.period
        and {{ same_series("now", "inherited") }}
    left join targets as own_target
        on now.indicator_code = own_target.indicator_code
        and now.area_code = own_target.area_code
        and now.period = own_target.target_period
        and now.breakdown_code = own_target.breakdown_code
    left join targets as year_target
        on now.indicator_code = year_target.indicator_code
        and now.area_code = year_target.area_code
        and substr(now.period, 1, 4) = year_target.target_period
        and now.breakdown_code = year_target.breakdown_code
)

select
    indicator_code,
    area_code,
    period,
    frequency,
    measure_basis,
    breakdown_list,
    breakdown_code,
    value,
    unit,
    prior_value,
    same_period_value,
    {# A percentage does not grow by percent; comment_zh tells its difference. #}
    cast(
        case
            when unit <> '%' and value > 0 and same_period_value > 0
                then {{ round_to("(1.0 * value / same_period_value - 1) * 100", 4) }}
        end as decimal(18, 4)
    ) as yoy_pct,
    target_value,
    {# A ceiling is kept or broken; only a floor is approached. #}
    cast(
        case
            when comparator <> '<=' and target_value > 0
                then {{ round_to("100.0 * value / target_value", 4) }}
        end as decimal(18, 4)
    ) as completion_pct,
    case
        when value is null then 'M'
        when is_confidential then 'C'
        else source_status
    end as obs_status,
    case when unit = '%' then {{ told_in_points("value", "same_period_value") }} end as comment_zh,
    revision,
    {{ county_code("area_code") }} as county_code,
    loaded_at as computed_at,
    run_id as lineage_run_id
from (
    select
        compared.*,
        {{ lineage_columns() }}
    from compared
) as dated
