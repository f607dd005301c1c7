with visits as (
    select * from {{ ref("stg_education__cross_school_teaching") }}
),

schools as (
    select * from {{ ref("int_schools__by_semester") }}
)

select
    visits.teacher_no,
    visits.receive_school_code,
    visits.subject_code,
    visits.period,

    schools.area_code,
    visits.exchange_kind,
    visits.flow_direction,
    schools.is_rural as receive_is_rural,

    visits.weekly_lesson_cnt,
    visits.subsidy_yuan,

    {{ county_of_row("visits", "schools") }} as county_code,
    visits._revision,
    {{ lineage_columns() }}
from visits
left join schools
    on visits.county_code = schools.county_code
    and visits.receive_school_code = schools.school_code
    and {{ year_of("visits.period") }} * 2 + {{ number_in_year("visits.period") }} - 1 >= schools.first_semester_no
    and {{ year_of("visits.period") }} * 2 + {{ number_in_year("visits.period") }} - 1 < schools.next_semester_no
