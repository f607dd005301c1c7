{#
    Periods are labels: 2023-10 (monthly), 2023-Q3, 2023-S2 (semester), 2023 (annual). They follow
    plugins/xiantong/periods.py: S1 is February to July, S2 September to January of the next year.
    Every argument is an SQL expression.
#}

{# Label of the period of one frequency that contains a date; a January belongs to S2 of the year before. #}
{% macro period_of(day, frequency) -%}
    {%- set year = "cast(extract(year from " ~ day ~ ") as integer)" -%}
    {%- set month = "cast(extract(month from " ~ day ~ ") as integer)" -%}
    {%- if frequency in ("monthly", "event") -%}
        (cast({{ year }} as varchar(4)) || '-' || right('0' || cast({{ month }} as varchar(2)), 2))
    {%- elif frequency == "quarterly" -%}
        (cast({{ year }} as varchar(4)) || '-Q' || cast(cast(floor(({{ month }} + 2) / 3.0) as integer) as varchar(1)))
    {%- elif frequency == "semester" -%}
        (case when {{ month }} = 1 then cast({{ year }} - 1 as varchar(4)) || '-S2'
            when {{ month }} <= 7 then cast({{ year }} as varchar(4)) || '-S1'
            else cast({{ year }} as varchar(4)) || '-S2' end)
    {%- elif frequency == "annual" -%}
        cast({{ year }} as varchar(4))
    {%- else -%}
        {{ exceptions.raise_compiler_error("period_of: unknown frequency " ~ frequency) }}
    {%- endif -%}
{%- endmacro %}

{% macro year_of(label) -%}
    cast(substr({{ label }}, 1, 4) as integer)
{%- endmacro %}

{# Number inside the year (month, quarter or semester); null for a year. The replacements keep the
   cast valid for every kind of label, because engines may evaluate it before a CASE chooses. #}
{% macro number_in_year(label) -%}
    cast(nullif(replace(replace(substr({{ label }}, 6, 2), 'Q', '0'), 'S', '0'), '') as integer)
{%- endmacro %}

{% macro period_start(label) -%}
    (case substr({{ label }}, 6, 1)
        when 'Q' then make_date({{ year_of(label) }}, 3 * {{ number_in_year(label) }} - 2, 1)
        when 'S' then make_date({{ year_of(label) }}, case {{ number_in_year(label) }} when 1 then 2 else 9 end, 1)
        else make_date({{ year_of(label) }}, coalesce({{ number_in_year(label) }}, 1), 1) end)
{%- endmacro %}

{% macro period_end(label) -%}
    (case substr({{ label }}, 6, 1)
        when 'Q' then {{ last_day("make_date(" ~ year_of(label) ~ ", 3 * " ~ number_in_year(label) ~ ", 1)") }}
        when 'S' then case {{ number_in_year(label) }}
            when 1 then make_date({{ year_of(label) }}, 7, 31) else make_date({{ year_of(label) }} + 1, 1, 31) end
        else {{ last_day("make_date(" ~ year_of(label) ~ ", coalesce(" ~ number_in_year(label) ~ ", 12), 1)") }} end)
{%- endmacro %}

{# The same period of the year before, for every kind of label. #}
{% macro same_period_last_year(label) -%}
    (cast({{ year_of(label) }} - 1 as varchar(4)) || substr({{ label }}, 5))
{%- endmacro %}

{# Month label moved by a number of months. #}
{% macro shift_month(label, months) -%}
    {{ period_of(add_months(period_start(label), months), "monthly") }}
{%- endmacro %}
