with agreements as (
    select
        stg.*,
        {{ township_code("area_code") }} as township_code,
        {{ period_end("period") }} as period_end
    from {{ ref("stg_land_acquisition__household_agreement") }} as stg
),

dated as (
    select
        agreements.*,
        coalesce(sign_date <= period_end, false) as is_signed,
        coalesce(vacate_date <= period_end, false) as is_vacated,
        -- Only a signed and demolished household counts as completed.
        coalesce(sign_date <= period_end and demolish_date <= period_end, false) as is_demolished,
        coalesce(resettled_date <= period_end, false) as is_resettled
    from agreements
),

villages as (
    select
        county_code,
        township_code,
        relocation_project_name,
        period,
        area_code,
        case
            when {{ any_true("whole_village") }} and count(*) = count(*) filter (where is_demolished) then 1
            else 0
        end as whole_village_cnt
    from dated
    group by county_code, township_code, relocation_project_name, period, area_code
),

moved as (
    select
        county_code,
        township_code,
        relocation_project_name,
        period,
        sum(whole_village_cnt) as whole_village_cnt
    from villages
    group by county_code, township_code, relocation_project_name, period
),

summed as (
    select
        county_code,
        township_code,
        relocation_project_name,
        period,
        count(*) filter (where is_signed) as signed_household_cnt,
        count(*) filter (where is_demolished) as demolished_household_cnt,
        coalesce(sum(member_cnt) filter (where is_demolished), 0) as relocated_person_cnt,
        count(*) as surveyed_household_cnt,
        coalesce(sum(vacated_land_mu) filter (where is_vacated), 0) as vacated_land_mu,
        coalesce(sum(compensation_wan) filter (where is_signed), 0) as compensation_wan,
        coalesce(sum(paid_wan), 0) as paid_wan,
        -- Who took money resettles himself and waits for nothing.
        count(*) filter (
            where is_vacated
            and not is_resettled
            and coalesce(resettle_mode, 'FLAT') <> 'MONEY'
            and {{ add_months("vacate_date", 24) }} < period_end
        ) as overdue_transition_cnt,
        max(_revision) as _revision
    from dated
    group by county_code, township_code, relocation_project_name, period
)

select
    summed.township_code as area_code,
    summed.relocation_project_name,
    summed.period,

    cast(summed.signed_household_cnt as integer) as signed_household_cnt,
    cast(summed.demolished_household_cnt as integer) as demolished_household_cnt,
    cast(summed.relocated_person_cnt as integer) as relocated_person_cnt,
    cast(summed.surveyed_household_cnt as integer) as surveyed_household_cnt,
    cast(summed.vacated_land_mu as decimal(16, 2)) as vacated_land_mu,
    cast(moved.whole_village_cnt as integer) as whole_village_cnt,
    cast(summed.compensation_wan as decimal(18, 2)) as compensation_wan,
    cast(summed.paid_wan as decimal(18, 2)) as paid_wan,
    cast(summed.overdue_transition_cnt as integer) as overdue_transition_cnt,

    summed.county_code,
    summed._revision,
    {{ lineage_columns() }}
from summed
inner join moved
    on summed.county_code = moved.county_code
    and summed.township_code = moved.township_code
    and summed.relocation_project_name = moved.relocation_project_name
    and summed.period = moved.period
