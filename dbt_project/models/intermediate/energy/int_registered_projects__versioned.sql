{%- if is_declared("investment.project_register") -%}
with projects as (
    select * from {{ ref("stg_investment__project_register") }}
)

select
    project_code,
    start_date,
    valid_from,
    valid_to,
    county_code
from projects
{%- else -%}
-- The project register belongs to the investment office; until it has a contract nothing is known about starts.
select
    cast(null as varchar(24)) as project_code,
    cast(null as date) as start_date,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    cast(null as varchar(12)) as county_code
where 1 = 0
{%- endif %}
