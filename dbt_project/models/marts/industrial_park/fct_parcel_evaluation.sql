with parcels as (
    select * from {{ ref("int_parcel_values__allocated") }}
),

scores as (
    select * from {{ ref("int_parcel_scores__summed") }}
),

surveys as (
    select * from {{ ref("int_parcel_surveys__summarised") }}
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
),

measured as (
    select
        parcels.*,
        cast(parcels.year as varchar(4)) as period,
        surveys.occupier_cnt,
        surveys.vacant_month,
        coalesce(surveys.far_raise_willing, false) as far_raise_willing,
        surveys.disposal_mode,
        surveys.disposal_status,
        surveys._revision as survey_revision,
        scores.score,
        scores.score_rank_pct,
        {{ safe_divide("parcels.tax_wan", "parcels.parcel_area_mu") }} as tax_per_mu,
        {{ safe_divide("parcels.revenue_wan", "parcels.parcel_area_mu") }} as revenue_per_mu,
        {{ safe_divide("parcels.value_added_wan", "parcels.parcel_area_mu") }} as va_per_mu,
        case
            when parcels.far_max > parcels.far_actual
                then (parcels.far_max - parcels.far_actual) * parcels.parcel_area_mu * 666.67
            when parcels.far_max <= parcels.far_actual then 0
        end as far_potential_sqm,
        -- The veto stands before everything else: a firm that is gone has no inputs to be measured by.
        case
            when parcels.is_holder_gone or parcels.has_serious_case then 'D'
            else coalesce(scores.score_grade, 'N')
        end as grade
    from parcels
    left join scores
        on parcels.county_code = scores.county_code
        and parcels.parcel_code = scores.parcel_code
        and parcels.year = scores.year
    left join surveys
        on parcels.county_code = surveys.county_code
        and parcels.parcel_code = surveys.parcel_code
        and parcels.year = surveys.year
),

judged as (
    select
        measured.*,
        nullif(
            substr(
                case when grade = 'D' then ',GRADE_D' else '' end
                -- Unknown tax is not low tax, and a new plant is given its two years.
                || case
                    when tax_per_mu < {{ constant("low_eff_tax_per_mu") }} and not lacks_tax and is_in_production
                        then ',TAX'
                    else ''
                end
                -- A site on which building is not due yet is not badly used.
                || case
                    when parcel_status in ('SUPPLIED', 'BUILDING') and coalesce(plan_finish_date, year_end) >= year_end
                        then ''
                    when coalesce(built_ratio, case when parcel_status = 'IDLE' then 0 end)
                        < {{ constant("low_eff_built_ratio") }}
                        then ',BUILT_RATIO'
                    else ''
                end
                || case when is_holder_gone then ',HOLDER_GONE' else '' end
                || case when vacant_month >= 12 and parcel_status <> 'BUILDING' then ',VACANT' else '' end,
                2
            ),
            ''
        ) as low_efficiency_reason
    from measured
)

select
    judged.parcel_code,
    judged.period,

    judged.zone_code,
    judged.area_code,
    judged.parcel_area_mu,
    judged.holder_uscc,
    coalesce(judged.occupier_cnt, 0) as occupier_cnt,

    judged.tax_wan,
    judged.revenue_wan,
    judged.value_added_wan,
    judged.energy_tce,
    judged.rd_wan,
    judged.employee_cnt,
    {{ as_decimal("judged.tax_per_mu", 18, 4) }} as tax_per_mu,
    {{ as_decimal("judged.revenue_per_mu", 18, 4) }} as revenue_per_mu,
    {{ as_decimal("judged.va_per_mu", 18, 4) }} as va_per_mu,
    {{ as_decimal(safe_divide("judged.value_added_wan", "judged.energy_tce"), 18, 4) }} as va_per_tce,
    {{ as_decimal("100 * " ~ safe_divide("judged.rd_wan", "judged.revenue_wan"), 18, 4) }} as rd_ratio_pct,

    judged.far_actual,
    judged.far_max as far_allowed,
    {{ as_decimal("judged.far_potential_sqm", 18, 2) }} as far_potential_sqm,
    -- A promise that is kept has no gap; without a promise there is nothing to compare.
    cast(
        case
            when judged.contract_tax_per_mu > judged.tax_per_mu
                then {{ as_decimal("(judged.contract_tax_per_mu - judged.tax_per_mu) * judged.parcel_area_mu", 18, 4) }}
            when judged.contract_tax_per_mu <= judged.tax_per_mu then 0
        end as decimal(18, 4)
    ) as contract_tax_gap_wan,

    judged.score,
    judged.score_rank_pct,
    judged.grade,
    judged.is_evaluated as evaluated,
    judged.missing_inputs,

    judged.low_efficiency_reason is not null as low_efficiency,
    judged.low_efficiency_reason,
    judged.disposal_mode,
    judged.disposal_status,
    coalesce(judged.grade in ('A', 'B') and judged.far_potential_sqm > 0 and judged.far_raise_willing, false)
        as far_candidate,

    policies.tariff_class,
    cast(coalesce(charged.surcharge_yuan_kwh, standard.surcharge_yuan_kwh) as decimal(8, 4))
        as tariff_surcharge_yuan_kwh,

    judged.county_code,
    greatest(judged._revision, coalesce(judged.survey_revision, judged._revision)) as _revision,
    {{ lineage_columns() }}
from judged
left join policies
    on judged.county_code = policies.county_code
    and judged.holder_uscc = policies.uscc
    and judged.year = policies.policy_year
    and policies.recency = 1
left join charged
    on judged.county_code = charged.county_code
    and judged.year = charged.policy_year
    and judged.grade = charged.evaluation_grade
left join standard
    on judged.grade = standard.code
