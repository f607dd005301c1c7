{# Division that is null, not an error, over zero, and never an integer division. #}
{% macro safe_divide(numerator, denominator) -%}
    (1.0 * ({{ numerator }}) / nullif({{ denominator }}, 0))
{%- endmacro %}

{% macro round_to(value, digits) -%}{{ return(adapter.dispatch("round_to", "xiantong")(value, digits)) }}{%- endmacro %}
{% macro default__round_to(value, digits) -%}
    round(cast({{ value }} as numeric), {{ digits }})
{%- endmacro %}
{# A bare numeric has three decimal places in DuckDB. #}
{% macro duckdb__round_to(value, digits) -%}
    round({{ value }}, {{ digits }})
{%- endmacro %}

{# A difference of percentages as people write it: 0.5, 12.34. #}
{% macro points_text(value) -%}
    cast(cast({{ round_to(value, 2) }} as decimal(18, 2)) as varchar(20))
{%- endmacro %}
