{# Numbers lie within their bounds, both included (column -> [min, max], null = open), checked in one
   scan; the failing row counts what lies outside. #}
{% test within(model, columns) %}
with outside as (
    select
        {%- for column, bounds in columns.items() %}
        count(*) filter (
            where false
            {%- if bounds[0] is not none %} or {{ column }} < {{ bounds[0] }}{% endif %}
            {%- if bounds[1] is not none %} or {{ column }} > {{ bounds[1] }}{% endif %}
        ) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ model }}
)

select * from outside
where {% for column in columns %}{{ column }} > 0{{ " or " if not loop.last }}{% endfor %}
{% endtest %}
