{#
    Values of a model that are looked up elsewhere are found there, asked by one test; each row of the result
    is one unknown value (see macros/promises.sql).

    codes: column -> code list; refers: list of column, to, field, where every value stands in to.field.
#}
{% test known(model, codes={}, refers=[]) %}
{%- set selects = [] %}
{%- for column, code_list in codes.items() %}
    {%- set unlisted %}
value not in (select code from {{ ref("seed_code") }} where code_list = '{{ code_list }}')
    {%- endset %}
    {%- do selects.append(broken_values("codes", model, column, unlisted)) %}
{%- endfor %}
{%- for reference in refers %}
    {%- set unfound %}
not exists (select 1 from {{ reference.to }} as found where found.{{ reference.field }} = present.value)
    {%- endset %}
    {%- do selects.append(broken_values("refers", model, reference.column, unfound)) %}
{%- endfor %}
{{ selects | join("\nunion all\n") }}
{% endtest %}
