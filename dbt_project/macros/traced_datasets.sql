{#
    Which datasets every mart is made of, read from dbt's own graph, so that nobody keeps a list that
    may be wrong: a list of (mart, dataset, whether the dataset is a snapshot). Empty while parsing.
#}
{% macro traced_datasets() -%}
    {%- set traced = [] -%}
    {%- if execute -%}
        {%- for mart in graph.nodes.values() if mart.resource_type == "model" and mart.path.startswith("marts/") -%}
            {%- set ancestors = [mart.unique_id] -%}
            {%- for node in ancestors -%}
                {%- for parent in graph.nodes[node].depends_on.nodes if parent in graph.nodes and parent not in ancestors -%}
                    {%- do ancestors.append(parent) -%}
                {%- endfor -%}
            {%- endfor -%}
            {%- for node in ancestors if graph.nodes[node].name.startswith("stg_") -%}
                {%- set staging = graph.nodes[node] -%}
                {%- do traced.append((
                    mart.name,
                    staging.name[4:] | replace("__", "."),
                    "staging_snapshot(" in staging.raw_code,
                )) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(traced | sort) }}
{%- endmacro %}
