{%- if is_declared("industry.enterprise_evaluation") -%}
with evaluations as (
    select * from {{ ref("stg_industry__enterprise_evaluation") }}
)

select
    county_code,
    uscc,
    {{ year_of("period") }} as year,
    value_added_wan,
    revenue_wan,
    energy_tce
from evaluations
{%- else -%}
-- Value added comes with the yearly evaluation of enterprises; until that dataset has a contract there is none.
select
    cast(null as varchar(12)) as county_code,
    cast(null as varchar(18)) as uscc,
    cast(null as integer) as year,
    cast(null as decimal(16, 2)) as value_added_wan,
    cast(null as decimal(16, 2)) as revenue_wan,
    cast(null as decimal(14, 2)) as energy_tce
where 1 = 0
{%- endif %}
