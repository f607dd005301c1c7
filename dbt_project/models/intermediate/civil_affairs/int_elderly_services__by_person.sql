with services as (
    select * from {{ ref("stg_civil_affairs__elderly_service") }}
),

months as (
    select distinct
        county_code,
        period
    from services
),

listed as (
    select
        recipient_id_no,
        service_kind,
        period,
        {{ township_code("area_code") }} as area_code,
        1 as recipient_cnt,
        case
            when service_kind in ('ADAPTATION', 'HOME_BED') and accept_date <= {{ period_end("period") }} then 1
            else 0
        end as accepted_cnt,
        service_cnt,
        service_hour,
        fee_yuan,
        case when satisfaction in ('VERY_GOOD', 'GOOD') then 1 else 0 end as satisfied_cnt,
        case when satisfaction is not null then 1 else 0 end as rated_cnt,
        county_code,
        _revision
    from services
),

-- An adapted home stays adapted when its owner has left the list; a bed that is no longer listed is none.
adapted as (
    select
        listed.*,
        row_number() over (partition by county_code, recipient_id_no order by period) as occasion
    from listed
    where service_kind = 'ADAPTATION' and accepted_cnt = 1
),

left_the_list as (
    select
        adapted.recipient_id_no,
        adapted.service_kind,
        months.period,
        adapted.area_code,
        adapted.county_code,
        adapted._revision
    from adapted
    inner join months
        on adapted.county_code = months.county_code
        and adapted.period < months.period
    left join listed
        on adapted.county_code = listed.county_code
        and adapted.recipient_id_no = listed.recipient_id_no
        and adapted.service_kind = listed.service_kind
        and months.period = listed.period
    where adapted.occasion = 1 and listed.recipient_id_no is null
)

select
    recipient_id_no,
    service_kind,
    period,
    area_code,
    recipient_cnt,
    accepted_cnt,
    service_cnt,
    service_hour,
    fee_yuan,
    satisfied_cnt,
    rated_cnt,
    county_code,
    _revision
from listed
union all
select
    recipient_id_no,
    service_kind,
    period,
    area_code,
    0 as recipient_cnt,
    1 as accepted_cnt,
    0 as service_cnt,
    cast(null as decimal(8, 2)) as service_hour,
    cast(0 as decimal(14, 2)) as fee_yuan,
    0 as satisfied_cnt,
    0 as rated_cnt,
    county_code,
    _revision
from left_the_list
