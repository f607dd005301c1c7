with quotas as (
    select * from {{ ref("stg_energy__coal_quota") }}
),

-- The annual ledger of quotas is revised when quotas are allotted: the latest delivery for a year counts.
latest_quotas as (
    select
        quotas.*,
        row_number() over (
            partition by county_code, uscc, quota_kind, quota_year order by period desc, _accepted_at desc
        ) as recency
    from quotas
),

available as (
    select
        latest_quotas.*,
        quota_qty + coalesce(transfer_in_qty, 0) - coalesce(transfer_out_qty, 0) as available_qty
    from latest_quotas
    where recency = 1
)

select
    county_code,
    uscc,
    quota_year,
    cast(sum(available_qty) filter (where quota_kind = 'ENERGY') as decimal(18, 2)) as quota_tce,
    cast(sum(available_qty) filter (where quota_kind = 'COAL') as decimal(18, 2)) as quota_coal_t,
    cast(max(output_efficiency_wan_tce) as decimal(18, 4)) as output_efficiency_wan_tce
from available
group by county_code, uscc, quota_year
