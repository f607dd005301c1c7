{# Whether a version of an upsert counts on a day: it has begun and no later one has replaced it. #}
{% macro valid_at(version, day) -%}
    ({{ version }}.valid_from <= {{ day }} and ({{ version }}.valid_to is null or {{ version }}.valid_to > {{ day }}))
{%- endmacro %}
