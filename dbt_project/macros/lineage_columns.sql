{# When and by which run a row was built; last in the select list of every mart. #}
{% macro lineage_columns() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as loaded_at,
    cast('{{ invocation_id }}' as varchar(36)) as run_id
{%- endmacro %}
