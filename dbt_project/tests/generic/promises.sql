{#
    What a model promises of its own rows, asked by one test; each row of the result is one broken promise (see
    macros/promises.sql). It reads nothing else, so that whatever is built from the model waits for it.

    grain: columns that identify a row, none of them null; filled: columns that are never null;
    within: column -> [min, max], both included, null = open; values: column -> what it may hold.
#}
{% test promises(model, grain=[], filled=[], within={}, values={}) %}
{%- set conditions = promised_conditions(filled, within) %}
{%- set selects = [] %}
{%- if grain %}{% do selects.append(broken_grain(model, grain)) %}{% endif %}
{%- if conditions %}{% do selects.append(broken_conditions(conditions)) %}{% endif %}
{%- for column, allowed in values.items() %}
    {%- do selects.append(broken_values("values", model, column, "value not in ('" ~ allowed | join("', '") ~ "')")) %}
{%- endfor %}
{%- if conditions %}
with counted as (
    {{ counted_conditions(model, conditions) }}
)

{% endif %}
{{ selects | join("\nunion all\n") }}
{% endtest %}
