with reports as (
    select * from {{ ref("stg_education__sport_hour") }}
),

schools as (
    select * from {{ ref("int_schools__by_semester") }}
),

timed as (
    select
        reports.*,
        {{ period_of(period_start("period"), "semester") }} as semester,
        -- PE lessons of a week over its five days, then what every day has.
        {{ as_decimal("pe_lesson_week_cnt * pe_lesson_min / 5.0 + big_break_min + after_class_min", 14, 4) }} as daily_min
    from reports
)

select
    timed.school_code,
    timed.school_stage,
    timed.period,

    schools.area_code,

    timed.school_day_cnt,
    timed.met_day_cnt,
    timed.daily_min,
    timed.daily_min >= 60 and timed.met_day_cnt = timed.school_day_cnt as meets_hour,
    timed.ball_league_cnt,
    timed.student_tested_cnt,
    timed.student_pass_cnt,

    {{ county_of_row("timed", "schools") }} as county_code,
    timed._revision,
    {{ lineage_columns() }}
from timed
left join schools
    on timed.county_code = schools.county_code
    and timed.school_code = schools.school_code
    and {{ year_of("timed.semester") }} * 2 + {{ number_in_year("timed.semester") }} - 1 >= schools.first_semester_no
    and {{ year_of("timed.semester") }} * 2 + {{ number_in_year("timed.semester") }} - 1 < schools.next_semester_no
