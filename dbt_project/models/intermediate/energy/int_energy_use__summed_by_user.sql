with spread as (
    select * from {{ ref("int_energy_use__spread") }}
),

uses as (
    select * from {{ ref("fct_energy_use_month") }}
),

months as (
    select distinct
        county_code,
        period,
        {{ month_number("period") }} as month_no,
        {{ year_of("period") }} as year
    from uses
),

places as (
    select
        uscc,
        county_code,
        {{ month_number("period") }} as month_no,
        max(area_code) as area_code
    from uses
    group by uscc, county_code, {{ month_number("period") }}
),

-- What a user has used, month by month, over all its energy types.
monthly as (
    select
        spread.uscc,
        spread.county_code,
        spread.month_no,
        sum(spread.tce_equivalent) as tce_equivalent,
        sum(spread.tce_calorific) as tce_calorific,
        sum(spread.coal_t) as coal_t,
        sum(spread.coal_tce) as coal_tce,
        max(spread._revision) as _revision
    from spread
    group by spread.uscc, spread.county_code, spread.month_no
),

-- Every month is seen from each of the twelve periods that it reaches.
seen as (
    select
        monthly.*,
        months.period as seen_from,
        months.month_no as seen_from_no,
        monthly.month_no >= (months.year - 2000) * 12 as is_this_year
    from monthly
    inner join months
        on monthly.county_code = months.county_code
        and monthly.month_no between months.month_no - 11 and months.month_no
),

summed as (
    select
        uscc,
        county_code,
        seen_from as period,
        seen_from_no as month_no,
        sum(tce_equivalent) filter (where is_this_year) as tce_equivalent_ytd,
        sum(tce_calorific) filter (where is_this_year) as tce_calorific_ytd,
        sum(coal_t) filter (where is_this_year) as coal_t_ytd,
        sum(coal_tce) filter (where is_this_year) as coal_tce_ytd,
        sum(tce_equivalent) as tce_12m,
        count(*) as month_cnt,
        max(_revision) as _revision
    from seen
    group by uscc, county_code, seen_from, seen_from_no
),

placed as (
    select
        summed.uscc,
        summed.county_code,
        summed.period,
        places.area_code,
        row_number() over (
            partition by summed.uscc, summed.county_code, summed.period order by places.month_no desc
        ) as recency
    from summed
    inner join places
        on summed.county_code = places.county_code
        and summed.uscc = places.uscc
        and places.month_no <= summed.month_no
)

select
    summed.uscc,
    summed.period,

    placed.area_code,
    cast(summed.tce_equivalent_ytd as decimal(18, 4)) as tce_equivalent_ytd,
    cast(summed.tce_calorific_ytd as decimal(18, 4)) as tce_calorific_ytd,
    cast(summed.coal_t_ytd as decimal(18, 4)) as coal_t_ytd,
    cast(summed.coal_tce_ytd as decimal(18, 4)) as coal_tce_ytd,
    cast(summed.tce_12m as decimal(18, 4)) as tce_12m,
    summed.month_cnt,

    summed.county_code,
    summed._revision
from summed
left join placed
    on summed.county_code = placed.county_code
    and summed.uscc = placed.uscc
    and summed.period = placed.period
    and placed.recency = 1
