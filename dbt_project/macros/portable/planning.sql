{# How an engine plans the queries that build tables. Empty where an engine needs no help. #}

{# Models read whole tables through several layers of views, where PostgreSQL sees no sizes: it expects
   one row and compares every row with every other. For this one transaction it hashes or merges. #}
{% macro plan_for_whole_tables() -%}{{ return(adapter.dispatch("plan_for_whole_tables", "xiantong")()) }}{%- endmacro %}
{% macro default__plan_for_whole_tables() -%}{%- endmacro %}
{% macro postgres__plan_for_whole_tables() -%}
    set local enable_nestloop = off
{%- endmacro %}

{# PostgreSQL looks at a new table only after a minute; a model that reads it before then is planned as if
   it had hardly a row. #}
{% macro refresh_statistics(relation) -%}{{ return(adapter.dispatch("refresh_statistics", "xiantong")(relation)) }}{%- endmacro %}
{% macro default__refresh_statistics(relation) -%}{%- endmacro %}
{% macro postgres__refresh_statistics(relation) -%}
    {%- if model.config.materialized != "view" -%} analyze {{ relation }} {%- endif -%}
{%- endmacro %}
