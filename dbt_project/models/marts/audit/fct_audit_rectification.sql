with items as (
    select * from {{ ref("int_rectification_items__versioned") }}
),

lasts as (
    select
        county_code,
        max({{ period_end("_period") }}) as last_day
    from items
    group by county_code
)

select
    items.item_no,

    items.audit_no,
    items.responsible_unit,
    items.due_date,
    items.close_date,
    items.is_closed,
    not items.is_closed and items.due_date < lasts.last_day as overdue,

    items.amount_wan,
    items.rectified_wan,

    items.county_code,
    items._revision,
    {{ lineage_columns() }}
from items
inner join lasts on items.county_code = lasts.county_code
where items.is_current
