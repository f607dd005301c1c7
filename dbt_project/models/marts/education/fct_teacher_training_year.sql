with rosters as (
    select * from {{ ref("stg_education__teacher_roster") }}
),

records as (
    select * from {{ ref("stg_education__training_record") }}
),

schools as (
    select * from {{ ref("int_schools__by_semester") }}
),

-- The staff of a year is the latest roster of each school in it; whoever left before is no longer counted.
ranked as (
    select
        rosters.*,
        {{ year_of("period") }} as year,
        max(period) over (partition by county_code, school_code, substr(period, 1, 4)) as last_roster_of_school,
        row_number() over (partition by county_code, teacher_no, substr(period, 1, 4) order by period desc) as recency
    from rosters
),

staff as (
    select * from ranked
    where recency = 1 and period = last_roster_of_school
),

-- A course counts in the year in which it ended.
courses as (
    select
        records.*,
        cast(extract(year from end_date) as integer) as year
    from records
),

trained as (
    select
        county_code,
        teacher_no,
        year,
        sum(credit_hour) filter (where passed) as credit_hour,
        count(*) filter (where passed) as passed_cnt,
        count(*) filter (where is_menu_delivery) as menu_delivery_cnt,
        max(_revision) as _revision
    from courses
    group by county_code, teacher_no, year
),

-- A year without any training record was not delivered; nobody is untrained because of that.
delivered_years as (
    select distinct
        county_code,
        year
    from courses
),

inducted as (
    select
        county_code,
        teacher_no,
        min(year) as first_year
    from courses
    where passed and training_kind = 'INDUCTION'
    group by county_code, teacher_no
)

select
    staff.teacher_no,
    substr(staff.period, 1, 4) as period,

    staff.school_code,
    schools.area_code,
    coalesce(staff.join_year = staff.year, false) as is_new_teacher,
    coalesce(staff.is_backbone, false) as is_backbone,

    cast(coalesce(trained.credit_hour, 0) as decimal(8, 2)) as credit_hour,
    coalesce(trained.passed_cnt, 0) > 0 as trained,
    coalesce(inducted.first_year <= staff.year, false) as induction_done,
    coalesce(trained.menu_delivery_cnt, 0) as menu_delivery_cnt,
    coalesce(trained.credit_hour, 0) >= 72 as meets_hours,

    {{ county_of_row("staff", "schools") }} as county_code,
    greatest(staff._revision, coalesce(trained._revision, 1)) as _revision,
    {{ lineage_columns() }}
from staff
inner join delivered_years
    on staff.county_code = delivered_years.county_code
    and staff.year = delivered_years.year
left join schools
    on staff.county_code = schools.county_code
    and staff.school_code = schools.school_code
    and staff.year * 2 + {{ number_in_year("staff.period") }} - 1 >= schools.first_semester_no
    and staff.year * 2 + {{ number_in_year("staff.period") }} - 1 < schools.next_semester_no
left join trained
    on staff.county_code = trained.county_code
    and staff.teacher_no = trained.teacher_no
    and staff.year = trained.year
left join inducted
    on staff.county_code = inducted.county_code
    and staff.teacher_no = inducted.teacher_no
