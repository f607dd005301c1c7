{#
    Whose register a county reads for a national code that several may list: its own first, else that of the county that
    delivered last. 1 is the one that is read.

    named: county_code and code of a county that names it; listed: county_code, code and last_accepted_at of a register.
#}
{% macro register_choice(named, listed, code) -%}
    row_number() over (
        partition by {{ named }}.county_code, {{ named }}.{{ code }}
        order by
            case when {{ listed }}.county_code = {{ named }}.county_code then 0 else 1 end,
            {{ listed }}.last_accepted_at desc,
            {{ listed }}.county_code
    )
{%- endmacro %}
