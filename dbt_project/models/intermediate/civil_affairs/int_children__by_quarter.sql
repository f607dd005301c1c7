with children as (
    select * from {{ ref("stg_civil_affairs__child_protection") }}
),

followed as (
    select
        children.*,
        row_number() over (partition by county_code, child_id_no order by period) as quarter_no,
        sum(case when adoption_stage in ('PASSED', 'REGISTERED') then 1 else 0 end) over (
            partition by county_code, child_id_no order by period
            rows between unbounded preceding and current row
        ) as passed_quarter_cnt
    from children
)

select
    child_id_no,
    period,
    child_kind,

    1 as child_cnt,
    case when visit_cnt >= 1 then 1 else 0 end as visited_cnt,
    allowance_yuan,
    case when risk_level = 'HIGH' then 1 else 0 end as high_risk_cnt,
    -- Passed in this quarter for the first time. Who comes onto the list registered had passed before.
    case
        when passed_quarter_cnt = 1 and (adoption_stage = 'PASSED' or (adoption_stage = 'REGISTERED' and quarter_no > 1))
            then 1
        else 0
    end as adoption_done_cnt,

    county_code as area_code,
    county_code,
    _revision
from followed
