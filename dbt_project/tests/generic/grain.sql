{# One row per combination of columns; none of them may be null. Lists the combinations that repeat. #}
{% test grain(model, columns) %}
select
    {{ columns | join(", ") }},
    count(*) as row_cnt
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{%- for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
