{%- set enough_peers = 5 -%}
{%- set least_peers = 3 -%}
with costs as (
    select * from {{ ref("int_institution_costs__compared") }}
),

institutions as (
    select * from {{ ref("int_institutions__versioned") }}
),

members as (
    select
        costs.institution_code,
        costs.visit_kind,
        costs.period,
        costs.county_code,
        institutions.institution_kind,
        coalesce(institutions.institution_level, 'NONE') as institution_level,
        costs.growth_yoy_pct
    from costs
    inner join institutions
        on costs.county_code = institutions.county_code
        and costs.institution_code = institutions.institution_code
        and {{ valid_at("institutions", period_end("costs.period")) }}
    where costs.is_comparable and costs.growth_yoy_pct is not null
),

-- Every institution stands in two groups: its kind and level, and its kind (level *).
grouped as (
    select
        members.*,
        institution_level as peer_level
    from members
    union all
    select
        members.*,
        '*' as peer_level
    from members
),

medians as (
    select
        county_code,
        visit_kind,
        period,
        institution_kind,
        peer_level,
        count(*) as peer_cnt,
        {{ median("growth_yoy_pct") }} as growth_median_pct
    from grouped
    group by county_code, visit_kind, period, institution_kind, peer_level
),

deviations as (
    select
        grouped.county_code,
        grouped.visit_kind,
        grouped.period,
        grouped.institution_kind,
        grouped.peer_level,
        {{ median("abs(grouped.growth_yoy_pct - medians.growth_median_pct)") }} as growth_mad_pct
    from grouped
    inner join medians
        on grouped.county_code = medians.county_code
        and grouped.visit_kind = medians.visit_kind
        and grouped.period = medians.period
        and grouped.institution_kind = medians.institution_kind
        and grouped.peer_level = medians.peer_level
    group by grouped.county_code, grouped.visit_kind, grouped.period, grouped.institution_kind, grouped.peer_level
)

select
    medians.county_code,
    medians.visit_kind,
    medians.period,
    medians.institution_kind,
    medians.peer_level,
    medians.peer_cnt,
    {{ as_decimal("medians.growth_median_pct", 18, 6) }} as growth_median_pct,
    {{ as_decimal("deviations.growth_mad_pct", 18, 6) }} as growth_mad_pct
from medians
inner join deviations
    on medians.county_code = deviations.county_code
    and medians.visit_kind = deviations.visit_kind
    and medians.period = deviations.period
    and medians.institution_kind = deviations.institution_kind
    and medians.peer_level = deviations.peer_level
where (medians.peer_level <> '*' and medians.peer_cnt >= {{ enough_peers }})
    or (medians.peer_level = '*' and medians.peer_cnt >= {{ least_peers }})
