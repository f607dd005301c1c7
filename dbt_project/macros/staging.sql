{#
    What each load mode means. A staging model names its contract's columns and calls one of these.

    relation: the raw table; columns: the contract's columns; key: its key columns.
    Every accepted revision stays in raw; var as_of looks at the warehouse as it was known then. Local
    numbers repeat from county to county, so a key identifies a row within its reporter's county.
#}

{% macro staging_lineage() -%}
    {{ return(["_submission_id", "_src_sheet", "_src_row", "_revision", "_reporter_code",
               "_reporter_area_code", "_period", "_submitted_at", "_accepted_at"]) }}
{%- endmacro %}

{# The key as a list of columns, with the county that it holds in. #}
{% macro county_key(key, alias) -%}
    substr({{ alias }}._reporter_area_code, 1, 6)
    {%- for column in key %}, {{ alias }}.{{ column }}{% endfor %}
{%- endmacro %}

{% macro known_rows(relation) -%}
    select *
    from {{ relation }}
    {%- if var("as_of") %}
    where _accepted_at <= cast('{{ var("as_of") }}' as timestamp)
    {%- endif %}
{%- endmacro %}

{# Contract columns, the county, then lineage; rows outside any area belong to their reporter's county. #}
{% macro staging_columns(columns, alias, validity=[]) -%}
    {%- set area = "coalesce(" ~ alias ~ ".area_code, " ~ alias ~ "._reporter_area_code)"
        if "area_code" in columns else alias ~ "._reporter_area_code" -%}
    {%- for column in columns %}
    {{ alias }}.{{ column }},
    {%- endfor %}
    {{ county_code(area) }} as county_code,
    {%- for column in validity %}
    {{ alias }}.{{ column }},
    {%- endfor %}
    {%- for column in staging_lineage() %}
    {{ alias }}.{{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# snapshot: the delivery is the reporter's full list of the period; its latest revision replaces it.
   A key that two reporters deliver (an enterprise its own form, the bureau a merged one) counts once,
   as accepted last. #}
{% macro staging_snapshot(relation, columns, key) -%}
with known as (
    {{ known_rows(relation) }}
),

latest as (
    select
        _reporter_code,
        _period,
        max(_revision) as _revision
    from known
    group by _reporter_code, _period
),

ranked as (
    select
        known.*,
        row_number() over (
            partition by {{ county_key(key, "known") }}, known._period
            order by known._accepted_at desc, known._submission_id desc, known._src_row desc
        ) as _rank
    from known
    inner join latest
        on known._reporter_code = latest._reporter_code
        and known._period = latest._period
        and known._revision = latest._revision
)

select
    {{ staging_columns(columns, "ranked") }}
from ranked
where _rank = 1
{%- endmacro %}

{# upsert: a version of a key is valid from the first day of the period it was delivered for until
   the next version; inside one period the highest revision counts, then the latest acceptance. #}
{% macro staging_upsert(relation, columns, key) -%}
with known as (
    {{ known_rows(relation) }}
),

ranked as (
    select
        known.*,
        {{ period_start("known._period") }} as valid_from,
        row_number() over (
            partition by {{ county_key(key, "known") }}, known._period
            order by known._revision desc, known._accepted_at desc, known._submission_id desc, known._src_row desc
        ) as _rank
    from known
),

versions as (
    select
        ranked.*,
        lead(ranked.valid_from) over (
            partition by {{ county_key(key, "ranked") }} order by ranked.valid_from
        ) as valid_to
    from ranked
    where _rank = 1
),

spans as (
    select
        versions.*,
        valid_to is null as is_current
    from versions
)

select
    {{ staging_columns(columns, "spans", ["valid_from", "valid_to", "is_current"]) }}
from spans
{%- endmacro %}

{# append: facts never change, and settling lets a key of a county into the lake only once; the grain test would
   tell. Looking for repeated keys here would cost more than everything that reads the facts. #}
{% macro staging_append(relation, columns) -%}
with known as (
    {{ known_rows(relation) }}
)

select
    {{ staging_columns(columns, "known") }}
from known
{%- endmacro %}
