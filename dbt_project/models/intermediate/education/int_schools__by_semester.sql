{#- A semester label as a running number: 2023-S1 is 4046, 2023-S2 is 4047. -#}
with schools as (
    select * from {{ ref("stg_education__school_semester") }}
),

numbered as (
    select
        schools.*,
        {{ year_of("period") }} * 2 + {{ number_in_year("period") }} - 1 as semester_no
    from schools
),

ordered as (
    select
        numbered.*,
        row_number() over (partition by school_code order by semester_no) as form_no,
        lead(semester_no) over (partition by school_code order by semester_no) as next_semester_no
    from numbered
)

select
    school_code,
    -- A form describes its school until the next one; the first one also the time before.
    case when form_no = 1 then 0 else semester_no end as first_semester_no,
    coalesce(next_semester_no, 999999) as next_semester_no,
    {{ township_code("area_code") }} as area_code,
    school_type,
    is_rural,
    county_code
from ordered
