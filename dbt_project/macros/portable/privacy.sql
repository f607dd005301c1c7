{# A pseudonym for the marts of one subject: the same person has another one elsewhere, so that two
   subjects cannot be joined by it. It is made from the stored hash, which stays out of the marts. #}
{% macro pseudonym(hashed, subject) -%}
    md5({{ hashed }} || '|{{ subject }}')
{%- endmacro %}
