with spread as (
    select * from {{ ref("int_energy_use__spread") }}
),

uses as (
    select * from {{ ref("fct_energy_use_month") }}
),

users as (
    select * from {{ ref("int_energy_users__versioned") }}
),

quotas as (
    select * from {{ ref("stg_energy__coal_quota") }}
),

outputs as (
    select * from {{ ref("int_enterprise_output__by_month") }}
),

value_added as (
    select * from {{ ref("int_enterprise_value_added__by_year") }}
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
),

listed as (
    select
        users.uscc,
        months.county_code,
        months.period,
        users.area_code,
        users.user_class,
        users.last_year_tce,
        users.quota_tce,
        users.connected and (users.connect_date is null or users.connect_date <= {{ period_end("months.period") }}) as connected,
        users._revision
    from users
    inner join months
        on users.county_code = months.county_code
        and users.valid_from <= {{ period_end("months.period") }}
        and (users.valid_to is null or users.valid_to > {{ period_end("months.period") }})
),

combined as (
    select
        coalesce(summed.uscc, listed.uscc) as uscc,
        coalesce(summed.period, listed.period) as period,
        {{ year_of("coalesce(summed.period, listed.period)") }} as year,
        coalesce(listed.area_code, placed.area_code) as area_code,
        coalesce(summed.county_code, listed.county_code) as county_code,
        listed.user_class,
        coalesce(listed.connected, false) as connected,
        listed.quota_tce as listed_quota_tce,
        summed.tce_equivalent_ytd,
        summed.tce_calorific_ytd,
        summed.coal_t_ytd,
        summed.coal_tce_ytd,
        -- Months that are not on record count with last year's figure of the list, if the user is on it.
        coalesce(summed.tce_12m, 0)
        + coalesce(listed.last_year_tce, 0) / 12.0 * (12 - coalesce(summed.month_cnt, 0)) as tce_12m,
        coalesce(summed._revision, listed._revision) as _revision
    from summed
    full outer join listed
        on summed.uscc = listed.uscc
        and summed.county_code = listed.county_code
        and summed.period = listed.period
    left join placed
        on summed.county_code = placed.county_code
        and summed.uscc = placed.uscc
        and summed.period = placed.period
        and placed.recency = 1
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
),

allotted as (
    select
        county_code,
        uscc,
        quota_year,
        sum(available_qty) filter (where quota_kind = 'ENERGY') as quota_tce,
        sum(available_qty) filter (where quota_kind = 'COAL') as quota_coal_t,
        max(output_efficiency_wan_tce) as output_efficiency_wan_tce
    from available
    group by county_code, uscc, quota_year
),

-- Value added: evaluated for the year, else last year's share of revenue applied to output, else the quota ledger.
measured as (
    select
        combined.*,
        coalesce(allotted.quota_tce, combined.listed_quota_tce) as quota_tce,
        allotted.quota_coal_t,
        outputs.output_wan,
        coalesce(
            this_year.value_added_wan / nullif(this_year.energy_tce, 0),
            outputs.output_wan * last_year.value_added_wan
            / nullif(last_year.revenue_wan, 0) / nullif(combined.tce_equivalent_ytd, 0),
            allotted.output_efficiency_wan_tce
        ) as va_per_tce
    from combined
    left join allotted
        on combined.county_code = allotted.county_code
        and combined.uscc = allotted.uscc
        and combined.year = allotted.quota_year
    left join outputs
        on combined.county_code = outputs.county_code
        and combined.uscc = outputs.uscc
        and combined.period = outputs.period
    left join value_added as this_year
        on combined.county_code = this_year.county_code
        and combined.uscc = this_year.uscc
        and combined.year = this_year.year
    left join value_added as last_year
        on combined.county_code = last_year.county_code
        and combined.uscc = last_year.uscc
        and combined.year - 1 = last_year.year
)

select
    uscc,
    period,

    area_code,
    user_class,
    tce_12m >= {{ constant("key_user_tce") }} as is_key_user,
    tce_12m >= {{ constant("key_user_tce") }} and coalesce(user_class, 'OTHER') <> 'KEY' as newly_key_user,
    connected,

    cast(tce_equivalent_ytd as decimal(18, 4)) as tce_equivalent_ytd,
    cast(tce_calorific_ytd as decimal(18, 4)) as tce_calorific_ytd,
    cast(coal_t_ytd as decimal(18, 2)) as coal_t_ytd,
    cast(coal_tce_ytd as decimal(18, 4)) as coal_tce_ytd,
    output_wan,
    {{ as_decimal("va_per_tce", 18, 4) }} as va_per_tce,
    cast(quota_tce as decimal(16, 2)) as quota_tce,
    cast(quota_coal_t as decimal(16, 2)) as quota_coal_t,
    {{ as_decimal("100 * tce_equivalent_ytd / nullif(quota_tce, 0)", 18, 4) }} as quota_used_pct,

    county_code,
    _revision,
    {{ lineage_columns() }}
from measured
