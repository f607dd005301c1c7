{# Text. Regular expressions keep to what every engine understands: classes, groups, anchors. #}

{% macro matches(value, pattern) -%}{{ return(adapter.dispatch("matches", "xiantong")(value, pattern)) }}{%- endmacro %}
{% macro default__matches(value, pattern) -%}
    ({{ value }} ~ '{{ pattern }}')
{%- endmacro %}
{# DuckDB's ~ matches the whole text only. #}
{% macro duckdb__matches(value, pattern) -%}
    regexp_matches({{ value }}, '{{ pattern }}')
{%- endmacro %}
{% macro spark__matches(value, pattern) -%}
    ({{ value }} rlike '{{ pattern }}')
{%- endmacro %}

{# The first group of the first match; null where nothing matches. #}
{% macro regexp_first(value, pattern) -%}{{ return(adapter.dispatch("regexp_first", "xiantong")(value, pattern)) }}{%- endmacro %}
{% macro default__regexp_first(value, pattern) -%}
    substring({{ value }} from '{{ pattern }}')
{%- endmacro %}
{% macro duckdb__regexp_first(value, pattern) -%}
    nullif(regexp_extract({{ value }}, '{{ pattern }}', 1), '')
{%- endmacro %}
{% macro spark__regexp_first(value, pattern) -%}
    nullif(regexp_extract({{ value }}, '{{ pattern }}', 1), '')
{%- endmacro %}
