{# First day of the coordination programme; cumulative figures count from it. #}
{% macro coordination_start() -%}
    cast('{{ var("coordination_start") }}' as date)
{%- endmacro %}
