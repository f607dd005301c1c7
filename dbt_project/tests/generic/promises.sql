{#
    Everything that a model promises, asked by one test; each row names one broken promise (see macros/promises.sql).

    grain: columns that identify a row, none of them null; filled: columns that are never null;
    within: column -> [min, max], both included, null = open; codes: column -> code list;
    values: column -> allowed values; refers: list of column, to, field, where every value is found in to.field.
    expects: codes, values and refers of which a breach is told but does not fail the build.
#}
{% test promises(model, grain=[], filled=[], within={}, codes={}, values={}, refers=[], expects={}) %}
{{ config(warn_if="> 0", error_if="> count(*) filter (where severity = 'warn')") }}
{%- set conditions = promised_conditions(filled, within) %}
{%- set selects = [] %}
{%- if grain %}{% do selects.append(broken_grain(model, grain)) %}{% endif %}
{%- if conditions %}{% do selects.append(broken_conditions(conditions)) %}{% endif %}
{%- do selects.extend(broken_memberships("error", model, codes, values, refers)) %}
{%- do selects.extend(broken_memberships(
    "warn", model, expects.get("codes", {}), expects.get("values", {}), expects.get("refers", [])
)) %}
{%- if not selects %}{% do exceptions.raise_compiler_error(model ~ " promises nothing") %}{% endif %}
{%- if conditions %}
with counted as (
    {{ counted_conditions(model, conditions) }}
)

{% endif %}
{{ selects | join("\nunion all\n") }}
{% endtest %}
