{#
    What the test `promises` (tests/generic) is made of. Every macro selects the broken promises of one kind
    in one shape: severity ('error' or 'warn'), promise, columns, value (what was found, null where the rows
    are only counted) and row_cnt.
#}

{# One row per combination of columns (or expressions), none of them null: lists the combinations. #}
{% macro broken_grain(model, columns) -%}
select
    'error' as severity,
    'grain' as promise,
    {{ _quoted(columns | join(", ")) }} as columns,
    {% for column in columns %}coalesce(cast({{ column }} as {{ type_string() }}), '?'){{ " || ' ' || " if not loop.last }}{% endfor %} as value,
    count(*) as row_cnt
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{%- for column in columns %} or {{ column }} is null{% endfor %}
{%- endmacro %}


{# Conditions that no row may meet (see promised_conditions), out of the one row of counted_conditions. #}
{% macro broken_conditions(conditions) -%}
select
    'error' as severity,
    promise,
    columns,
    cast(null as {{ type_string() }}) as value,
    row_cnt
from (
    {%- for condition in conditions %}
    select
        '{{ condition.promise }}' as promise,
        {{ _quoted(condition.columns) }} as columns,
        meeting_{{ loop.index }} as row_cnt
    from counted
    {{ "union all" if not loop.last }}
    {%- endfor %}
) as told
where row_cnt > 0
{%- endmacro %}


{# One scan: a column per condition with the number of rows that meet it. #}
{% macro counted_conditions(model, conditions) -%}
select
    {%- for condition in conditions %}
    count(*) filter (where {{ condition.condition }}) as meeting_{{ loop.index }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ model }}
{%- endmacro %}


{# Columns to fill and bounds to keep as conditions of the rows that do not: list of promise, columns, condition. #}
{% macro promised_conditions(filled, within) -%}
    {%- set conditions = [] -%}
    {%- for column in filled -%}
        {%- do conditions.append({"promise": "filled", "columns": column, "condition": column ~ " is null"}) -%}
    {%- endfor -%}
    {%- for column, bounds in within.items() -%}
        {%- set outside = [] -%}
        {%- if bounds[0] is not none -%}{%- do outside.append(column ~ " < " ~ bounds[0]) -%}{%- endif -%}
        {%- if bounds[1] is not none -%}{%- do outside.append(column ~ " > " ~ bounds[1]) -%}{%- endif -%}
        {%- do conditions.append({"promise": "within", "columns": column, "condition": outside | join(" or ")}) -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro %}


{# Values of a column that a subquery does not know, each with its number of rows. #}
{% macro broken_values(severity, promise, model, column, unknown) -%}
select
    '{{ severity }}' as severity,
    '{{ promise }}' as promise,
    {{ _quoted(column) }} as columns,
    cast(value as {{ type_string() }}) as value,
    row_cnt
from (
    select
        {{ column }} as value,
        count(*) as row_cnt
    from {{ model }}
    where {{ column }} is not null
    group by {{ column }}
) as present
where {{ unknown }}
{%- endmacro %}


{# A select per column with codes (column -> list), values (column -> allowed) and references. #}
{% macro broken_memberships(severity, model, codes, values, refers) -%}
    {%- set selects = [] -%}
    {%- for column, code_list in codes.items() -%}
        {%- set unknown -%}
value not in (select code from {{ ref("seed_code") }} where code_list = '{{ code_list }}')
        {%- endset -%}
        {%- do selects.append(broken_values(severity, "codes", model, column, unknown)) -%}
    {%- endfor -%}
    {%- for column, allowed in values.items() -%}
        {%- set unknown = "value not in ('" ~ allowed | join("', '") ~ "')" -%}
        {%- do selects.append(broken_values(severity, "values", model, column, unknown)) -%}
    {%- endfor -%}
    {%- for reference in refers -%}
        {%- set unknown -%}
not exists (select 1 from {{ reference.to }} as found where found.{{ reference.field }} = present.value)
        {%- endset -%}
        {%- do selects.append(broken_values(severity, "refers", model, reference.column, unknown)) -%}
    {%- endfor -%}
    {{ return(selects) }}
{%- endmacro %}


{% macro _quoted(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}
