select
    area_code,
    successor_code,
    changed_on,
    share,
    {{ county_code("successor_code") }} as county_code,
    {{ lineage_columns() }}
from {{ ref("seed_area_crosswalk") }}
