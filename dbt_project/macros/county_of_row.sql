{# The county that a row counts in: the one that delivered it. What a prefecture or province delivers counts where the
   thing lies that it speaks of. Read by models of things with a national code, which one county lists and others name. #}
{% macro county_of_row(delivered, thing) -%}
    (case
        when {{ area_level(delivered ~ ".county_code") }} = 'county' then {{ delivered }}.county_code
        else coalesce({{ thing }}.located_county_code, {{ delivered }}.county_code)
    end)
{%- endmacro %}
