with schools as (
    select * from {{ ref("stg_education__school_semester") }}
),

teachers as (
    select * from {{ ref("stg_education__teacher_roster") }}
),

aged as (
    select
        teachers.*,
        -- Completed years at the end of the term, from the month of birth.
        floor((
            (extract(year from {{ period_end("period") }}) - cast(substr(birth_month, 1, 4) as integer)) * 12
            + extract(month from {{ period_end("period") }}) - cast(substr(birth_month, 6, 2) as integer)
        ) / 12.0) as age
    from teachers
),

rosters as (
    select
        school_code,
        period,
        count(*) as teacher_cnt,
        count(*) filter (where age > 50) as age_over_50_cnt,
        count(*) filter (where age < 35) as age_under_35_cnt,
        count(*) filter (where education_level in ('BACHELOR', 'MASTER', 'DOCTOR')) as bachelor_cnt,
        count(*) filter (where title_level in ('SENIOR', 'FULL_SENIOR')) as senior_title_cnt
    from aged
    group by school_code, period
)

select
    schools.school_code,
    schools.period,

    {{ township_code("schools.area_code") }} as area_code,
    schools.school_type,
    schools.is_rural,

    schools.student_cnt,
    schools.post_approved_cnt,
    schools.post_filled_cnt,
    greatest(schools.post_approved_cnt - schools.post_filled_cnt, 0) as vacancy_cnt,
    schools.special_post_cnt,
    schools.recruit_plan_cnt,
    schools.recruit_done_cnt,

    -- No roster is not a school without teachers: the counts stay empty until it arrives.
    rosters.teacher_cnt,
    rosters.age_over_50_cnt,
    rosters.age_under_35_cnt,
    rosters.bachelor_cnt,
    rosters.senior_title_cnt,

    coalesce(schools.premium_lesson_cnt, 0)
    + coalesce(schools.premium_homework_cnt, 0)
    + coalesce(schools.premium_paper_cnt, 0) as premium_cnt,

    schools.county_code,
    schools._revision,
    {{ lineage_columns() }}
from schools
left join rosters
    on schools.school_code = rosters.school_code
    and schools.period = rosters.period
