{{ config(severity="warn") }}
/*
What: energy that was consumed but has no standard-coal factor; its standard coal is empty and missing from every total.
When it matters: anthracite without a measured calorific value, or an energy type that the factor table does not know.
How to resolve: ask the user for the measured calorific value (实测低位发热量), or complete the code list energy_type.
*/
select
    uscc,
    energy_code,
    period,
    consume_qty
from {{ ref("fct_energy_use_month") }}
where consume_qty > 0
    and tce_calorific is null
