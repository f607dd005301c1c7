{# A snapshot dataset counts with the latest revision of a period, the others with every accepted one. #}
{%- for mart, dataset_id, is_snapshot in traced_datasets() %}
select
    cast('{{ mart }}' as varchar(200)) as mart,
    cast('{{ dataset_id }}' as varchar(200)) as dataset_id,
    {{ is_snapshot | lower }} as is_snapshot
{{ "union all" if not loop.last }}
{%- else %}
select
    cast(null as varchar(200)) as mart,
    cast(null as varchar(200)) as dataset_id,
    cast(null as boolean) as is_snapshot
where 1 = 0
{%- endfor %}
