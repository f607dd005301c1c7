with demands as (
    select * from {{ ref("stg_education__subject_demand") }}
),

schools as (
    select * from {{ ref("int_schools__by_semester") }}
),

teachers as (
    select * from {{ ref("stg_education__teacher_roster") }}
),

visits as (
    select * from {{ ref("stg_education__cross_school_teaching") }}
),

subjects as (
    select * from {{ ref("seed_school_subject") }}
),

-- A visit names school and subject, not the stage. It counts for the stage that the teacher is registered for,
-- else for the stage of that school that lacks most lessons of the subject.
placed as (
    select
        visits.teacher_no,
        visits.receive_school_code,
        visits.subject_code,
        visits.period,
        visits.weekly_lesson_cnt,
        demands.school_stage,
        row_number() over (
            partition by
                visits.county_code, visits.teacher_no, visits.receive_school_code, visits.subject_code, visits.period
            order by
                case when teachers.school_stage = demands.school_stage then 0 else 1 end,
                demands.lesson_need_cnt - demands.lesson_given_cnt desc,
                demands.school_stage
        ) as choice
    from visits
    inner join demands
        on visits.receive_school_code = demands.school_code
        and visits.subject_code = demands.subject_code
        and visits.period = demands.period
    left join teachers
        on visits.county_code = teachers.county_code
        and visits.teacher_no = teachers.teacher_no
        and visits.period = teachers.period
),

walked_in as (
    select
        receive_school_code as school_code,
        school_stage,
        subject_code,
        period,
        sum(weekly_lesson_cnt) as walk_in_lesson_cnt
    from placed
    where choice = 1
    group by receive_school_code, school_stage, subject_code, period
),

counted as (
    select
        demands.school_code,
        demands.school_stage,
        demands.subject_code,
        demands.period,
        schools.area_code,
        coalesce(subjects.weak, false) as is_weak_subject,
        demands.lesson_need_cnt,
        demands.lesson_given_cnt,
        1.0 * demands.lesson_need_cnt / demands.std_load as teacher_need,
        demands.teacher_fulltime_cnt + 0.5 * coalesce(demands.teacher_parttime_cnt, 0) as teacher_have,
        coalesce(walked_in.walk_in_lesson_cnt, 0) as walk_in_lesson_cnt,
        coalesce(walked_in.walk_in_lesson_cnt, 0) / demands.std_load as teacher_walk_in,
        {{ county_of_row("demands", "schools") }} as county_code,
        demands._revision
    from demands
    left join schools
        on demands.county_code = schools.county_code
        and demands.school_code = schools.school_code
        and {{ year_of("demands.period") }} * 2 + {{ number_in_year("demands.period") }} - 1 >= schools.first_semester_no
        and {{ year_of("demands.period") }} * 2 + {{ number_in_year("demands.period") }} - 1 < schools.next_semester_no
    left join subjects
        on demands.subject_code = subjects.code
    left join walked_in
        on demands.school_code = walked_in.school_code
        and demands.school_stage = walked_in.school_stage
        and demands.subject_code = walked_in.subject_code
        and demands.period = walked_in.period
)

select
    school_code,
    school_stage,
    subject_code,
    period,

    area_code,
    is_weak_subject,

    lesson_need_cnt,
    lesson_given_cnt,
    cast(walk_in_lesson_cnt as integer) as walk_in_lesson_cnt,

    {{ as_decimal("teacher_need", 12, 4) }} as teacher_need,
    cast(teacher_have as decimal(12, 4)) as teacher_have,
    {{ as_decimal("greatest(teacher_need - teacher_have - teacher_walk_in, 0)", 12, 4) }} as gap,
    {{ as_decimal("greatest(teacher_have - teacher_need, 0)", 12, 4) }} as surplus,

    county_code,
    _revision,
    {{ lineage_columns() }}
from counted
