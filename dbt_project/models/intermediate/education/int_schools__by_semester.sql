{#- A semester label as a running number: 2023-S1 is 4046, 2023-S2 is 4047. -#}
with schools as (
    select * from {{ ref("stg_education__school_semester") }}
),

reports as (
    select * from {{ ref("stg_education__sport_hour") }}
),

demands as (
    select * from {{ ref("stg_education__subject_demand") }}
),

rosters as (
    select * from {{ ref("stg_education__teacher_roster") }}
),

visits as (
    select * from {{ ref("stg_education__cross_school_teaching") }}
),

numbered as (
    select
        schools.*,
        {{ year_of("period") }} * 2 + {{ number_in_year("period") }} - 1 as semester_no,
        -- Where the prefecture lists a school beside its county, the one that delivered last is heard.
        row_number() over (
            partition by county_code, school_code, period order by _accepted_at desc, _submission_id
        ) as choice
    from schools
),

ordered as (
    select
        numbered.*,
        row_number() over (partition by county_code, school_code order by semester_no) as form_no,
        lead(semester_no) over (partition by county_code, school_code order by semester_no) as next_semester_no
    from numbered
    where choice = 1
),

listed as (
    select
        county_code,
        school_code,
        max(_accepted_at) as last_accepted_at
    from schools
    group by county_code, school_code
),

named as (
    select
        county_code,
        school_code
    from listed
    union
    select
        county_code,
        school_code
    from reports
    union
    select
        county_code,
        school_code
    from demands
    union
    select
        county_code,
        school_code
    from rosters
    union
    select
        county_code,
        receive_school_code as school_code
    from visits
),

-- The code is national: what a county does not list itself, another one may.
readers as (
    select
        named.county_code,
        named.school_code,
        listed.county_code as located_county_code,
        {{ register_choice("named", "listed", "school_code") }} as choice
    from named
    inner join listed on named.school_code = listed.school_code
)

select
    ordered.school_code,
    -- A form describes its school until the next one; the first one also the time before.
    case when ordered.form_no = 1 then 0 else ordered.semester_no end as first_semester_no,
    coalesce(ordered.next_semester_no, 999999) as next_semester_no,
    {{ township_code("ordered.area_code") }} as area_code,
    ordered.school_type,
    ordered.is_rural,
    readers.located_county_code,
    readers.county_code
from ordered
inner join readers
    on ordered.county_code = readers.located_county_code
    and ordered.school_code = readers.school_code
    and readers.choice = 1
