with items as (
    select * from {{ ref("stg_audit__rectification_item") }}
)

select
    item_no,
    valid_from,
    valid_to,
    is_current,

    audit_no,
    responsible_unit,
    amount_wan,
    rectified_wan,
    due_date,
    close_date,
    item_status = 'CLOSED' as is_closed,

    county_code,
    _period,
    _revision
from items
