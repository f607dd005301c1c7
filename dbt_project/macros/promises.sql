{#
    What the tests `promises` and `known` (tests/generic) are made of. Every macro selects the broken promises
    of one kind in one shape: promise, columns, value (what was found, null where the rows are only counted)
    and row_cnt.
#}

{# One row per combination of columns (or expressions), none of them null: lists the combinations. #}
{% macro broken_grain(model, columns) -%}
select
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


{# Values of a column that meet a condition, each with its number of rows. #}
{% macro broken_values(promise, model, column, condition) -%}
select
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
where {{ condition }}
{%- endmacro %}


{% macro _quoted(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}
