{# Months as running numbers, so that windows can say "the twelve months before" and see gaps. #}

{# Number of a month since the year 2000: 2000-01 is 0, 2023-10 is 285. #}
{% macro month_number(label) -%}
    ((cast(substr({{ label }}, 1, 4) as integer) - 2000) * 12 + cast(substr({{ label }}, 6, 2) as integer) - 1)
{%- endmacro %}

{# The label of such a number. #}
{% macro month_label(number) -%}
    (cast(2000 + cast(floor(({{ number }}) / 12.0) as integer) as varchar(4))
        || '-' || right('0' || cast(({{ number }}) - 12 * cast(floor(({{ number }}) / 12.0) as integer) + 1 as varchar(2)), 2))
{%- endmacro %}
