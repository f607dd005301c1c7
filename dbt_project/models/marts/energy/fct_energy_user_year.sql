with used as (
    select * from {{ ref("int_energy_use__summed_by_user") }}
),

users as (
    select * from {{ ref("int_energy_users__versioned") }}
),

allotted as (
    select * from {{ ref("int_energy_quotas__allotted") }}
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
        period
    from {{ ref("fct_energy_use_month") }}
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
        and {{ valid_at("users", period_end("months.period")) }}
),

combined as (
    select
        coalesce(used.uscc, listed.uscc) as uscc,
        coalesce(used.period, listed.period) as period,
        {{ year_of("coalesce(used.period, listed.period)") }} as year,
        coalesce(listed.area_code, used.area_code) as area_code,
        coalesce(used.county_code, listed.county_code) as county_code,
        listed.user_class,
        coalesce(listed.connected, false) as connected,
        listed.quota_tce as listed_quota_tce,
        used.tce_equivalent_ytd,
        used.tce_calorific_ytd,
        used.coal_t_ytd,
        used.coal_tce_ytd,
        -- Months that are not on record count with last year's figure of the list, if the user is on it.
        coalesce(used.tce_12m, 0)
        + coalesce(listed.last_year_tce, 0) / 12.0 * (12 - coalesce(used.month_cnt, 0)) as tce_12m,
        coalesce(used._revision, listed._revision) as _revision
    from used
    full outer join listed
        on used.uscc = listed.uscc
        and used.county_code = listed.county_code
        and used.period = listed.period
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

    {{ township_code("area_code") }} as area_code,
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
