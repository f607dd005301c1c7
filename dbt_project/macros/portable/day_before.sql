{# The day before a date: the last day of a span whose end is exclusive. #}
{% macro day_before(day) -%}{{ return(adapter.dispatch("day_before", "xiantong")(day)) }}{%- endmacro %}
{% macro default__day_before(day) -%}
    ({{ day }} - 1)
{%- endmacro %}
{% macro spark__day_before(day) -%}
    date_sub({{ day }}, 1)
{%- endmacro %}
