with occupancies as (
    select * from {{ ref("stg_industrial_park__parcel_occupancy") }}
),

surveyed as (
    select
        county_code,
        parcel_code,
        period,
        {{ year_of("period") }} as year,
        {{ period_end("period") }} as survey_end,
        count(distinct case when occupy_kind <> 'VACANT' then occupier_uscc end) as occupier_cnt,
        count(*) = count(*) filter (where occupy_kind = 'VACANT') as is_vacant,
        coalesce({{ any_true("far_raise_willing") }}, false) as far_raise_willing,
        max(_revision) as _revision
    from occupancies
    group by county_code, parcel_code, period
),

-- The last survey of a county's year: a parcel that stands only in the first one is missing.
last_surveys as (
    select
        county_code,
        {{ year_of("period") }} as year,
        max(period) as period
    from occupancies
    group by county_code, {{ year_of("period") }}
),

used as (
    select
        county_code,
        parcel_code,
        survey_end
    from surveyed
    where not is_vacant
),

-- Since when the parcel is vacant: the first survey after the last one that saw it in use.
vacancies as (
    select
        surveyed.county_code,
        surveyed.parcel_code,
        surveyed.period,
        min(earlier.survey_end) as vacant_since
    from surveyed
    inner join surveyed as earlier
        on surveyed.county_code = earlier.county_code
        and surveyed.parcel_code = earlier.parcel_code
        and earlier.survey_end <= surveyed.survey_end
    where surveyed.is_vacant
        and not exists (
            select 1 from used
            where used.county_code = surveyed.county_code
                and used.parcel_code = surveyed.parcel_code
                and used.survey_end between earlier.survey_end and surveyed.survey_end
        )
    group by surveyed.county_code, surveyed.parcel_code, surveyed.period
),

disposals as (
    select
        county_code,
        parcel_code,
        period,
        disposal_mode,
        disposal_status,
        row_number() over (
            partition by county_code, parcel_code, period order by occupied_mu desc, occupier_uscc
        ) as place
    from occupancies
    where disposal_mode is not null
)

select
    surveyed.county_code,
    surveyed.parcel_code,
    surveyed.year,
    surveyed.period as survey_period,

    surveyed.occupier_cnt,
    surveyed.is_vacant,
    case
        when surveyed.is_vacant then {{ months_between("surveyed.survey_end", "vacancies.vacant_since") }} else 0
    end as vacant_month,
    surveyed.far_raise_willing,
    disposals.disposal_mode,
    disposals.disposal_status,

    surveyed._revision
from surveyed
inner join last_surveys
    on surveyed.county_code = last_surveys.county_code
    and surveyed.period = last_surveys.period
left join vacancies
    on surveyed.county_code = vacancies.county_code
    and surveyed.parcel_code = vacancies.parcel_code
    and surveyed.period = vacancies.period
left join disposals
    on surveyed.county_code = disposals.county_code
    and surveyed.parcel_code = disposals.parcel_code
    and surveyed.period = disposals.period
    and disposals.place = 1
