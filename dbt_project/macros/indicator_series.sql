{# How observations of one indicator belong together. Arguments are aliases of relations with their columns. #}

{# The same statistic: indicator and breakdown. #}
{% macro same_statistic(one, other) -%}
    {{ one }}.indicator_code = {{ other }}.indicator_code
        and coalesce({{ one }}.breakdown_list, '') = coalesce({{ other }}.breakdown_list, '')
        and {{ one }}.breakdown_code = {{ other }}.breakdown_code
{%- endmacro %}

{# The same statistic of the same area: they differ by their periods only. #}
{% macro same_series(one, other) -%}
    {{ one }}.area_code = {{ other }}.area_code
        and {{ same_statistic(one, other) }}
{%- endmacro %}

{# An earlier value with what the area took over from codes that it followed. #}
{% macro with_inherited(value, inherited) -%}
    cast(
        case when {{ inherited }} is null then {{ value }} else coalesce({{ value }}, 0) + {{ inherited }} end
        as decimal(28, 6)
    )
{%- endmacro %}

{# A percentage does not grow by percent: its difference from the year before is told in points. #}
{% macro told_in_points(value, last_year) -%}
    case
        when {{ value }} > {{ last_year }} then '比上年同期提高' || {{ points_text(value ~ " - " ~ last_year) }} || '个百分点'
        when {{ value }} < {{ last_year }} then '比上年同期下降' || {{ points_text(last_year ~ " - " ~ value) }} || '个百分点'
        when {{ value }} = {{ last_year }} then '与上年同期持平'
    end
{%- endmacro %}
