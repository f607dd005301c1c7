with documented as (
    select * from {{ ref("seed_indicator_target") }}
),

indicators as (
    select * from {{ ref("seed_indicator") }}
    where target_value is not null
),

observed_years as (
    select distinct
        indicator_code,
        area_code,
        {{ area_level("area_code") }} as area_level,
        substr(period, 1, 4) as target_period
    from {{ ref("int_indicator_value") }}
),

{#
    A standing target holds in every year that has observations and no document of its own. A ratio is due from the
    county and from each of its townships and zones, a number from the county as a whole.
#}
standing as (
    select
        indicators.indicator_code,
        observed_years.area_code,
        observed_years.target_period,
        indicators.target_value,
        indicators.target_comparator as comparator,
        '指标目录常设目标' as source_document
    from indicators
    inner join observed_years
        on indicators.indicator_code = observed_years.indicator_code
        and (
            observed_years.area_level = 'county'
            or (observed_years.area_level = 'township' and indicators.aggregation = 'ratio')
        )
    where not exists (
            select 1 from documented
            where documented.indicator_code = indicators.indicator_code
                and documented.area_code = observed_years.area_code
                and documented.target_period = observed_years.target_period
        )
)

select
    indicator_code,
    area_code,
    target_period,
    target_value,
    comparator,
    source_document,
    {{ county_code("area_code") }} as county_code,
    {{ lineage_columns() }}
from (
    select * from documented
    union all
    select * from standing
) as targets
