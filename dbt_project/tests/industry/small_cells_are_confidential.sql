-- Output of one or two firms would tell what each of them made. If this fails: the registry's contributor of agg_industry_group_month.
with observed as (
    select * from {{ ref("fct_indicator_value") }}
),

firms as (
    select * from observed
    where indicator_code = 'IND_FIRM_CNT'
)

select
    observed.area_code,
    observed.period,
    observed.breakdown_code,
    firms.value as firm_cnt,
    observed.obs_status
from observed
inner join firms
    on observed.area_code = firms.area_code
    and observed.period = firms.period
    and observed.breakdown_code = firms.breakdown_code
where observed.indicator_code in ('IND_OUTPUT', 'IND_OUTPUT_YOY')
    and observed.value is not null
    and (observed.obs_status = 'C') <> (firms.value < {{ var("min_enterprises") }})
