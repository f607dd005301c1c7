{# Statistical area codes: 2 province + 2 prefecture + 2 county + 3 township + 3 village digits. #}

{% macro county_code(area_code) -%}
    (substr({{ area_code }}, 1, 6) || '000000')
{%- endmacro %}

{% macro township_code(area_code) -%}
    (substr({{ area_code }}, 1, 9) || '000')
{%- endmacro %}

{% macro area_level(area_code) -%}
    (case when substr({{ area_code }}, 3) = '0000000000' then 'province'
        when substr({{ area_code }}, 5) = '00000000' then 'prefecture'
        when substr({{ area_code }}, 7) = '000000' then 'county'
        when substr({{ area_code }}, 10) = '000' then 'township'
        else 'village' end)
{%- endmacro %}
