with projects as (
    select * from {{ ref("stg_agri_rural__village_project") }}
)

select
    item_no,
    period,

    {{ township_code("area_code") }} as area_code,
    work_kind,
    village_cnt,
    hamlet_cnt,
    coalesce(accept_date <= {{ period_end("period") }}, false) as accepted,
    coalesce(settle_date <= {{ period_end("period") }}, false) as settled,
    coalesce(
        accept_date < {{ add_months(period_end("period"), -6) }}
        and (settle_date is null or settle_date > {{ period_end("period") }}),
        false
    ) as settle_overdue,

    invest_wan,
    invest_done_wan,
    road_paved_km,
    road_gravel_km,

    county_code,
    _revision,
    {{ lineage_columns() }}
from projects
