select
    period,
    frequency,
    period_start,
    period_end,
    year,
    quarter,
    month,
    prior_period,
    same_period_last_year,
    ytd_start,
    {{ lineage_columns() }}
from {{ ref("seed_period") }}
