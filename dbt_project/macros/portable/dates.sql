{# Calendar arithmetic. Arguments are SQL expressions of type date; results are dates or integers. #}

{% macro add_months(day, months) -%}{{ return(adapter.dispatch("add_months", "xiantong")(day, months)) }}{%- endmacro %}
{% macro default__add_months(day, months) -%}
    cast({{ day }} + ({{ months }}) * interval '1 month' as date)
{%- endmacro %}
{% macro spark__add_months(day, months) -%}
    add_months({{ day }}, {{ months }})
{%- endmacro %}

{% macro last_day(day) -%}{{ return(adapter.dispatch("last_day", "xiantong")(day)) }}{%- endmacro %}
{% macro default__last_day(day) -%}
    cast(date_trunc('month', {{ day }}) + interval '1 month' - interval '1 day' as date)
{%- endmacro %}
{% macro spark__last_day(day) -%}
    last_day({{ day }})
{%- endmacro %}

{% macro days_between(later, earlier) -%}{{ return(adapter.dispatch("days_between", "xiantong")(later, earlier)) }}{%- endmacro %}
{% macro default__days_between(later, earlier) -%}
    cast(cast({{ later }} as date) - cast({{ earlier }} as date) as integer)
{%- endmacro %}
{% macro spark__days_between(later, earlier) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{# Calendar months from one date to a later one; the day of the month does not count. #}
{% macro months_between(later, earlier) -%}
    cast(
        (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
        + extract(month from {{ later }}) - extract(month from {{ earlier }}) as integer
    )
{%- endmacro %}

{# Minutes, with their fraction, from one timestamp to a later one. #}
{% macro minutes_between(later, earlier) -%}{{ return(adapter.dispatch("minutes_between", "xiantong")(later, earlier)) }}{%- endmacro %}
{% macro default__minutes_between(later, earlier) -%}
    (extract(epoch from ({{ later }} - {{ earlier }})) / 60.0)
{%- endmacro %}
{% macro spark__minutes_between(later, earlier) -%}
    ((unix_timestamp({{ later }}) - unix_timestamp({{ earlier }})) / 60.0)
{%- endmacro %}
