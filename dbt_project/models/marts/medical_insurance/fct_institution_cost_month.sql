with claims as (
    select * from {{ ref("int_claims__summed_by_month") }}
),

costs as (
    select * from {{ ref("int_institution_costs__compared") }}
),

institutions as (
    select * from {{ ref("int_institutions__versioned") }}
),

peers as (
    select * from {{ ref("int_peer_growth__summarised") }}
),

described as (
    select
        claims.*,
        institutions.institution_kind,
        institutions.institution_level,
        costs.growth_yoy_pct,
        costs.trend_z
    from claims
    inner join costs
        on claims.county_code = costs.county_code
        and claims.institution_code = costs.institution_code
        and claims.visit_kind = costs.visit_kind
        and claims.period = costs.period
    left join institutions
        on claims.county_code = institutions.county_code
        and claims.institution_code = institutions.institution_code
        and {{ valid_at("institutions", period_end("claims.period")) }}
),

compared as (
    select
        described.*,
        coalesce(level_peers.growth_median_pct, kind_peers.growth_median_pct) as peer_growth_median_pct,
        coalesce(level_peers.growth_mad_pct, kind_peers.growth_mad_pct) as peer_mad_pct
    from described
    left join peers as level_peers
        on described.county_code = level_peers.county_code
        and described.visit_kind = level_peers.visit_kind
        and described.period = level_peers.period
        and described.institution_kind = level_peers.institution_kind
        and coalesce(described.institution_level, 'NONE') = level_peers.peer_level
    left join peers as kind_peers
        on described.county_code = kind_peers.county_code
        and described.visit_kind = kind_peers.visit_kind
        and described.period = kind_peers.period
        and described.institution_kind = kind_peers.institution_kind
        and kind_peers.peer_level = '*'
),

-- Peers that all grow alike (up to rounding) have no spread to measure by.
scaled as (
    select
        compared.*,
        case
            when peer_mad_pct > 0.000001
                then cast(growth_yoy_pct - peer_growth_median_pct as {{ double() }})
                    / (1.4826 * cast(peer_mad_pct as {{ double() }}))
        end as growth_z
    from compared
),

scored as (
    select
        scaled.*,
        cast(
            case
                when claim_cnt < 30 then 0
                else 0.6 * greatest(coalesce(growth_z, 0), 0) + 0.4 * greatest(coalesce(trend_z, 0), 0)
            end as decimal(18, 4)
        ) as anomaly_score
    from scaled
)

select
    institution_code,
    visit_kind,
    period,

    institution_kind,
    institution_level,

    claim_cnt,
    total_fee_yuan,
    fund_pay_yuan,
    {{ as_decimal("total_fee_yuan / claim_cnt", 14, 2) }} as fee_per_claim,
    {{ as_decimal("100.0 * drug_fee_yuan / nullif(total_fee_yuan, 0)", 9, 4) }} as drug_share_pct,
    {{ as_decimal("1.0 * stay_day_cnt / nullif(stay_cnt, 0)", 9, 2) }} as stay_day_avg,

    cast(growth_yoy_pct as decimal(18, 4)) as growth_yoy_pct,
    cast(peer_growth_median_pct as decimal(18, 4)) as peer_growth_median_pct,
    cast(peer_mad_pct as decimal(18, 4)) as peer_mad_pct,
    cast(growth_z as decimal(18, 4)) as growth_z,
    cast(trend_z as decimal(18, 4)) as trend_z,
    anomaly_score,
    anomaly_score >= {{ constant("cost_anomaly_threshold") }} as is_anomalous,

    county_code,
    _revision,
    {{ lineage_columns() }}
from scored
