{# The division (first two digits) of a GB/T 4754 code, which may carry its section letter: C3021, 3021. #}
{% macro industry_division(industry_code) -%}
    (case when substr({{ industry_code }}, 1, 1) between 'A' and 'T'
        then substr({{ industry_code }}, 2, 2) else substr({{ industry_code }}, 1, 2) end)
{%- endmacro %}
