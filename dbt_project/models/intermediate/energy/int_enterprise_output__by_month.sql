{%- if is_declared("industry.enterprise_monthly") -%}
with reports as (
    select * from {{ ref("stg_industry__enterprise_monthly") }}
)

select
    county_code,
    uscc,
    period,
    output_ytd_wan as output_wan
from reports
{%- else -%}
-- Output comes with the monthly report of above-scale firms; until that dataset has a contract there is none.
select
    cast(null as varchar(12)) as county_code,
    cast(null as varchar(18)) as uscc,
    cast(null as varchar(7)) as period,
    cast(null as decimal(16, 2)) as output_wan
where 1 = 0
{%- endif %}
