{# Division that is null, not an error, over zero, and never an integer division. #}
{% macro safe_divide(numerator, denominator) -%}
    (1.0 * ({{ numerator }}) / nullif({{ denominator }}, 0))
{%- endmacro %}

{# A quotient as a decimal whose halves round away from zero. DuckDB divides in floating point, where
   74.555 is 74.55499…; the digits in between bring the half back, on every engine in the same way. #}
{% macro as_decimal(value, precision, scale) -%}
    cast(cast({{ value }} as decimal(38, {{ scale + 4 }})) as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro round_to(value, digits) -%}{{ return(adapter.dispatch("round_to", "xiantong")(value, digits)) }}{%- endmacro %}
{% macro default__round_to(value, digits) -%}
    round(cast({{ value }} as numeric), {{ digits }})
{%- endmacro %}
{# A bare numeric has three decimal places in DuckDB. #}
{% macro duckdb__round_to(value, digits) -%}
    round(cast({{ value }} as decimal(38, {{ digits + 4 }})), {{ digits }})
{%- endmacro %}

{# A difference of percentages as people write it: 0.5, 12.34. #}
{% macro points_text(value) -%}
    cast(cast({{ round_to(value, 2) }} as decimal(18, 2)) as varchar(20))
{%- endmacro %}
