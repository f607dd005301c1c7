{# Codes stand in their code lists (column -> list). Lists every unknown code with its number of rows. #}
{% test codes_listed(model, columns) %}
{%- for column, code_list in columns.items() %}
select
    '{{ column }}' as column_name,
    {{ column }} as code,
    count(*) as row_cnt
from {{ model }}
where {{ column }} is not null
    and {{ column }} not in (select code from {{ ref("seed_code") }} where code_list = '{{ code_list }}')
group by {{ column }}
{{ "union all" if not loop.last }}
{%- endfor %}
{% endtest %}
