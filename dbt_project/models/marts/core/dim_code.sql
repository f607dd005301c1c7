select
    code_list,
    list_name_zh,
    code,
    name_zh,
    rank,
    valid_from,
    valid_to,
    {{ lineage_columns() }}
from {{ ref("seed_code") }}
