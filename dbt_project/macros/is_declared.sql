{#- True where a dataset has a contract, so that models can join a source that may come later:
    {% if is_declared("industry.enterprise_monthly") %} … {{ ref("stg_industry__enterprise_monthly") }} -#}
{% macro is_declared(dataset) -%}
    {{ return(context.get("declared__" ~ dataset | replace(".", "__")) is not none) }}
{%- endmacro %}
