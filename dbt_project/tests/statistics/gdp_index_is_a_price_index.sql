{{ config(severity="warn") }}
/*
What: GDP at 2020 prices is current prices / index. That holds only if gdp_index_2020 is the price index of GDP
(current / constant prices x 100). A volume index (growth since 2020) under the same name would hide the real growth.
When it matters: the real growth that follows from the index differs from the printed gdp_growth_pct by more than a point,
so every intensity per GDP is off by as much.
How to resolve: ask the statistics bureau which index the form carries (可比价指数), and have the period delivered again.
*/
with periods as (
    select
        area_code,
        period,
        gdp_ytd_wan / gdp_index_2020 as gdp_const,
        gdp_growth_pct
    from {{ ref("stg_statistics__regional_accounts") }}
    where gdp_index_2020 > 0
)

select
    now.area_code,
    now.period,
    100 * (now.gdp_const / before.gdp_const - 1) as implied_growth_pct,
    now.gdp_growth_pct
from periods as now
inner join periods as before
    on now.area_code = before.area_code
    and before.period = {{ same_period_last_year("now.period") }}
where before.gdp_const > 0
    and abs(100 * (now.gdp_const / before.gdp_const - 1) - now.gdp_growth_pct) > 1
