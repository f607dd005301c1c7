{# Aggregates whose spelling differs between engines. None of them may be used as a window function. #}

{% macro median(value) -%}{{ return(adapter.dispatch("median", "xiantong")(value)) }}{%- endmacro %}
{% macro default__median(value) -%}
    percentile_cont(0.5) within group (order by {{ value }})
{%- endmacro %}
{# Between two decimals DuckDB's median cuts off what the type cannot hold. #}
{% macro duckdb__median(value) -%}
    median(cast({{ value }} as {{ double() }}))
{%- endmacro %}
{% macro spark__median(value) -%}
    percentile({{ value }}, 0.5)
{%- endmacro %}

{# Values of a group as one text, in order. #}
{% macro string_list(value, separator=", ", order_by=none) -%}
    {{ return(adapter.dispatch("string_list", "xiantong")(value, separator, order_by or value)) }}
{%- endmacro %}
{% macro default__string_list(value, separator, order_by) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}
{% macro spark__string_list(value, separator, order_by) -%}
    array_join(transform(sort_array(collect_list(struct({{ order_by }} as o, {{ value }} as v))), x -> x.v), '{{ separator }}')
{%- endmacro %}

{% macro any_true(condition) -%}
    bool_or({{ condition }})
{%- endmacro %}
