with users as (
    select * from {{ ref("stg_energy__energy_user") }}
),

ordered as (
    select
        users.*,
        row_number() over (partition by county_code, uscc order by valid_from) as version_no
    from users
)

select
    uscc,
    -- The list is made in spring: its first version also describes the months before it.
    case when version_no = 1 then cast('1900-01-01' as date) else valid_from end as valid_from,
    valid_to,
    area_code,
    user_class,
    last_year_tce,
    quota_tce,
    connected,
    connect_date,
    county_code,
    _revision
from ordered
