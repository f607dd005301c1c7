select
    indicator_code,
    name_zh,
    name_en,
    subject,
    unit,
    frequency,
    measure_basis,
    aggregation,
    direction,
    formula,
    breakdown_list,
    mart,
    time_window,
    area_levels,
    note,
    {{ lineage_columns() }}
from {{ ref("seed_indicator") }}
