{# All listed columns are filled, checked in one scan; the failing row counts what is missing. #}
{% test filled(model, columns) %}
with missing as (
    select
        {%- for column in columns %}
        count(*) filter (where {{ column }} is null) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ model }}
)

select * from missing
where {% for column in columns %}{{ column }} > 0{{ " or " if not loop.last }}{% endfor %}
{% endtest %}
