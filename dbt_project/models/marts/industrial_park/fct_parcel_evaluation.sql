with graded as (
    select * from {{ ref("int_parcels__graded") }}
),

policies as (
    select
        stg.*,
        row_number() over (
            partition by county_code, uscc, policy_year order by period desc, _accepted_at desc
        ) as recency
    from {{ ref("stg_energy__tariff_policy") }} as stg
),

-- What the county's list of the year charges for a grade; the code list where it names nobody of that grade.
charged as (
    select
        county_code,
        policy_year,
        evaluation_grade,
        max(surcharge_yuan_kwh) as surcharge_yuan_kwh
    from policies
    where recency = 1
    group by county_code, policy_year, evaluation_grade
),

standard as (
    select * from {{ ref("seed_tariff_surcharge") }}
)

select
    graded.parcel_code,
    cast(graded.year as varchar(4)) as period,

    graded.zone_code,
    graded.area_code,
    graded.parcel_area_mu,
    graded.holder_uscc,
    graded.occupier_cnt,

    graded.tax_wan,
    graded.revenue_wan,
    graded.value_added_wan,
    graded.energy_tce,
    graded.rd_wan,
    graded.employee_cnt,
    {{ as_decimal("graded.tax_per_mu", 18, 4) }} as tax_per_mu,
    {{ as_decimal("graded.revenue_per_mu", 18, 4) }} as revenue_per_mu,
    {{ as_decimal("graded.va_per_mu", 18, 4) }} as va_per_mu,
    {{ as_decimal(safe_divide("graded.value_added_wan", "graded.energy_tce"), 18, 4) }} as va_per_tce,
    {{ as_decimal("100 * " ~ safe_divide("graded.rd_wan", "graded.revenue_wan"), 18, 4) }} as rd_ratio_pct,

    graded.far_actual,
    graded.far_max as far_allowed,
    {{ as_decimal("graded.far_potential_sqm", 18, 2) }} as far_potential_sqm,
    -- A promise that is kept has no gap; without a promise there is nothing to compare.
    cast(
        case
            when graded.contract_tax_per_mu > graded.tax_per_mu
                then {{ as_decimal("(graded.contract_tax_per_mu - graded.tax_per_mu) * graded.parcel_area_mu", 18, 4) }}
            when graded.contract_tax_per_mu <= graded.tax_per_mu then 0
        end as decimal(18, 4)
    ) as contract_tax_gap_wan,

    graded.score,
    graded.score_rank_pct,
    graded.grade,
    graded.is_evaluated as evaluated,
    graded.missing_inputs,

    graded.low_efficiency_reason is not null as low_efficiency,
    graded.low_efficiency_reason,
    graded.disposal_mode,
    graded.disposal_status,
    coalesce(graded.grade in ('A', 'B') and graded.far_potential_sqm > 0 and graded.far_raise_willing, false)
        as far_candidate,

    policies.tariff_class,
    cast(coalesce(charged.surcharge_yuan_kwh, standard.surcharge_yuan_kwh) as decimal(8, 4))
        as tariff_surcharge_yuan_kwh,

    graded.county_code,
    graded._revision,
    {{ lineage_columns() }}
from graded
left join policies
    on graded.county_code = policies.county_code
    and graded.holder_uscc = policies.uscc
    and graded.year = policies.policy_year
    and policies.recency = 1
left join charged
    on graded.county_code = charged.county_code
    and graded.year = charged.policy_year
    and graded.grade = charged.evaluation_grade
left join standard
    on graded.grade = standard.code
