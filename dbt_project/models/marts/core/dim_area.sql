select
    area_code,
    area_name,
    area_level,
    parent_code,
    case when area_level in ('county', 'township', 'village') then {{ county_code("area_code") }} end as county_code,
    urban_rural_code,
    resident_population,
    coalesce(is_forest_town, false) as is_forest_town,
    valid_from,
    valid_to,
    valid_to is null as is_current,
    {{ lineage_columns() }}
from {{ ref("seed_area") }}
