with schools as (
    select * from {{ ref("stg_education__school_semester") }}
),

teachers as (
    select * from {{ ref("stg_education__teacher_roster") }}
),

known_schools as (
    select * from {{ ref("int_schools__by_semester") }}
),

aged as (
    select
        teachers.*,
        -- Completed years at the end of the term, from the month of birth.
        floor((
            (extract(year from {{ period_end("period") }}) - cast(substr(birth_month, 1, 4) as integer)) * 12
            + extract(month from {{ period_end("period") }}) - cast(substr(birth_month, 6, 2) as integer)
        ) / 12.0) as age,
        {{ county_of_row("teachers", "known_schools") }} as school_county_code
    from teachers
    left join known_schools
        on teachers.county_code = known_schools.county_code
        and teachers.school_code = known_schools.school_code
        and {{ year_of("teachers.period") }} * 2 + {{ number_in_year("teachers.period") }} - 1 >= known_schools.first_semester_no
        and {{ year_of("teachers.period") }} * 2 + {{ number_in_year("teachers.period") }} - 1 < known_schools.next_semester_no
),

rosters as (
    select
        school_county_code,
        school_code,
        period,
        count(*) as teacher_cnt,
        count(*) filter (where age > 50) as age_over_50_cnt,
        count(*) filter (where age < 35) as age_under_35_cnt,
        count(*) filter (where education_level in ('BACHELOR', 'MASTER', 'DOCTOR')) as bachelor_cnt,
        count(*) filter (where title_level in ('SENIOR', 'FULL_SENIOR')) as senior_title_cnt
    from aged
    group by school_county_code, school_code, period
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
    on schools.county_code = rosters.school_county_code
    and schools.school_code = rosters.school_code
    and schools.period = rosters.period
