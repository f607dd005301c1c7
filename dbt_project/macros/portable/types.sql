{# Eight-byte floating point, for logarithms, medians and deviations. Money and energy stay decimal. #}
{% macro double() -%}{{ return(adapter.dispatch("double", "xiantong")()) }}{%- endmacro %}
{% macro default__double() -%}double precision{%- endmacro %}
{% macro spark__double() -%}double{%- endmacro %}
