with documented as (
    select * from {{ ref("seed_indicator_target") }}
),

indicators as (
    select * from {{ ref("seed_indicator") }}
    where target_value is not null
),

{# A standing target holds in every year and area that has observations and no document of its own. #}
observed_years as (
    select distinct
        indicator_code,
        area_code,
        substr(period, 1, 4) as target_period
    from {{ ref("int_indicator_value") }}
    where {{ area_level("area_code") }} = 'county'
),

standing as (
    select
        indicators.indicator_code,
        observed_years.area_code,
        observed_years.target_period,
        indicators.target_value,
        indicators.target_comparator as comparator,
        '指标目录常设目标' as source_document
    from indicators
    inner join observed_years on indicators.indicator_code = observed_years.indicator_code
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
