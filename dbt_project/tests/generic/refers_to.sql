{# Values of a column are found elsewhere; one scan of distinct values, listed with their row counts. #}
{% test refers_to(model, column, to, field) %}
with referring as (
    select
        {{ column }} as value,
        count(*) as row_cnt
    from {{ model }}
    where {{ column }} is not null
    group by {{ column }}
)

select referring.*
from referring
where not exists (select 1 from {{ to }} as found where found.{{ field }} = referring.value)
{% endtest %}
