{# What the planner knows about a table. PostgreSQL looks at a new table only after a minute, and a model
   that reads it before then is joined as if it had hardly a row. Empty where an engine keeps count itself. #}
{% macro refresh_statistics(relation) -%}{{ return(adapter.dispatch("refresh_statistics", "xiantong")(relation)) }}{%- endmacro %}
{% macro default__refresh_statistics(relation) -%}{%- endmacro %}
{% macro postgres__refresh_statistics(relation) -%}
    {%- if model.config.materialized != "view" -%} analyze {{ relation }} {%- endif -%}
{%- endmacro %}
