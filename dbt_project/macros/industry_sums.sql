{# Firms, output and base of every township, zone and month by one classification of fct_enterprise_month. #}
{% macro industry_sums(classification) -%}
with firms as (
    select * from {{ ref("fct_enterprise_month") }}
),

-- The base of the whole county, against which the contribution of a part is measured.
counties as (
    select
        county_code,
        period,
        sum(output_ytd_ly_wan) as output_ytd_ly_wan
    from firms
    group by county_code, period
),

summed as (
    select
        county_code,
        {{ township_code("area_code") }} as area_code,
        coalesce(zone_code, '') as zone_code,
        {{ classification }},
        period,
        count(*) as firm_cnt,
        count(*) filter (where output_ytd_ly_wan > 0) as firm_base_cnt,
        count(*) filter (where is_shrinking) as shrinking_firm_cnt,
        cast(sum(output_ytd_wan) as decimal(18, 2)) as output_ytd_wan,
        cast(sum(output_ytd_ly_wan) as decimal(18, 2)) as output_ytd_ly_wan,
        max(_revision) as _revision
    from firms
    where {{ classification }} is not null
    group by county_code, {{ township_code("area_code") }}, coalesce(zone_code, ''), {{ classification }}, period
)

select
    summed.area_code,
    summed.zone_code,
    summed.{{ classification }},
    summed.period,

    summed.firm_cnt,
    summed.firm_base_cnt,
    summed.shrinking_firm_cnt,
    summed.output_ytd_wan,
    summed.output_ytd_ly_wan,
    {{ as_decimal(
        "100 * " ~ safe_divide("summed.output_ytd_wan - summed.output_ytd_ly_wan", "counties.output_ytd_ly_wan"), 18, 4
    ) }} as contribution_pp,

    summed.county_code,
    summed._revision,
    {{ lineage_columns() }}
from summed
inner join counties
    on summed.county_code = counties.county_code
    and summed.period = counties.period
{%- endmacro %}
