with parcels as (
    select * from {{ ref("int_parcel_values__allocated") }}
),

scores as (
    select * from {{ ref("int_parcel_scores__summed") }}
),

surveys as (
    select * from {{ ref("int_parcel_surveys__summarised") }}
),

measured as (
    select
        parcels.*,
        coalesce(surveys.occupier_cnt, 0) as occupier_cnt,
        surveys.vacant_month,
        coalesce(surveys.far_raise_willing, false) as far_raise_willing,
        surveys.disposal_mode,
        surveys.disposal_status,
        greatest(parcels._revision, coalesce(surveys._revision, parcels._revision)) as latest_revision,
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
)

select
    county_code,
    parcel_code,
    year,

    area_code,
    zone_code,
    holder_uscc,
    occupier_cnt,
    parcel_area_mu,

    tax_wan,
    revenue_wan,
    value_added_wan,
    energy_tce,
    rd_wan,
    employee_cnt,
    tax_per_mu,
    revenue_per_mu,
    va_per_mu,
    contract_tax_per_mu,

    far_actual,
    far_max,
    far_potential_sqm,
    far_raise_willing,

    is_evaluated,
    missing_inputs,
    score,
    score_rank_pct,
    grade,
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
    ) as low_efficiency_reason,
    disposal_mode,
    disposal_status,

    latest_revision as _revision
from measured
