select
    zone_code,
    zone_name,
    host_area_code,
    zone_level,
    {{ county_code("host_area_code") }} as county_code,
    {{ lineage_columns() }}
from {{ ref("seed_zone") }}
