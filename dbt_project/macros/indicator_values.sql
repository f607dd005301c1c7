{#
    Observations of all indicators of one mart.

    mart: the relation; reading: how its time works (see IndicatorRegistry); columns: what the formulas
    read; indicators: the registry's entries; deliveries: for a mart of events, the staging model that they
    come from, whose periods say how far the events are known. The steps:
    1. mart_rows: the rows that can count, with the columns that the formulas read;
    2. frame_*: for one window and frequency, which mart period (or version) stands for which target
       period, per county, so that counties may be at different points of the year;
    3. window_*: the rows of each target period;
    4. one aggregate per indicator, area level and breakdown: ratios are computed anew at each level.
#}
{% macro indicator_values(mart, reading, columns, indicators, deliveries=none) -%}
with mart_rows as (
    select
        county_code,
        {{ "area_code," if reading.area_code }}
        {{ "zone_code," if reading.zone_code }}
        {%- if reading.time == "as_of" %}
        valid_from,
        valid_to,
        {%- else %}
        period as source_period,
        {%- endif %}
        {%- for column in columns if column not in ("county_code", "area_code", "zone_code", "valid_from", "valid_to") %}
        {{ column }},
        {%- endfor %}
        {{ "_revision" if reading.has_revision else "cast(1 as integer)" }} as source_revision
    from {{ mart }}
    where county_code is not null
),

{% if reading.time == "as_of" -%}
county_spans as (
    select
        county_code,
        min(valid_from) as first_day,
        max({{ period_end(period_of("valid_from", reading.delivery_frequency)) }}) as last_day
    from mart_rows
    group by county_code
),
{%- else -%}
mart_periods as (
    select
        present.county_code,
        periods.period as source_period,
        periods.frequency,
        periods.period_end,
        periods.year
    from (select distinct county_code, source_period from mart_rows) as present
    inner join {{ ref("dim_period") }} as periods on present.source_period = periods.period
),
{%- endif %}

{% if reading.time == "event" -%}
known_spans as (
    select
        county_code,
        min(first_end) as first_end,
        max(last_end) as last_end
    from (
        select
            county_code,
            period_end as first_end,
            period_end as last_end
        from mart_periods
        {%- if deliveries %}
        union all
        select distinct
            county_code,
            cast(null as date) as first_end,
            {{ period_end("_period") }} as last_end
        from {{ deliveries }}
        {%- endif %}
    ) as known
    group by county_code
),
{%- endif %}

{% set windows = [] -%}
{%- for indicator in indicators -%}
    {%- set name = _window_name(indicator) -%}
    {%- if name not in windows -%}
        {%- do windows.append(name) -%}
        {{ _window_ctes(reading, indicator, columns) }}
    {%- endif -%}
{%- endfor -%}

observations as (
    {%- for indicator in indicators %}
    {%- set first = loop.first %}
    {%- for area in _area_groups(indicator) %}
    {{ "union all" if not (first and loop.first) }}
    {{ _observation(reading, indicator, area) }}
    {%- for breakdown_list, column in indicator.breakdown_columns.items() %}
    union all
    {{ _observation(reading, indicator, area, breakdown_list, column) }}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
)

select * from observations
{%- endmacro %}


{% macro _window_name(indicator) -%}
    window_{{ indicator.window }}_{{ indicator.frequency }}{{ "_same_year" if indicator.same_year_versions }}
{%- endmacro %}


{% macro _window_ctes(reading, indicator, columns) -%}
{%- set name = _window_name(indicator) -%}
{%- set frame = name | replace("window_", "frame_") -%}
{%- if reading.time == "as_of" -%}
{{ frame }} as (
    select
        county_spans.county_code,
        target.period as target_period,
        target.year as target_year,
        target.period_end,
        make_date(target.year, 1, 1) as year_start
    from county_spans
    inner join {{ ref("dim_period") }} as target
        on target.frequency = '{{ indicator.frequency }}'
        and target.period_end >= county_spans.first_day
        and target.period_start <= county_spans.last_day
),

{{ name }} as (
    select
        mart_rows.*,
        {%- for column, expression in reading.as_of_columns.items() %}
        {{ expression }} as {{ column }},
        {%- endfor %}
        frame.target_period
    from mart_rows
    inner join {{ frame }} as frame
        on mart_rows.county_code = frame.county_code
        and mart_rows.valid_from <= frame.period_end
        and (mart_rows.valid_to is null or mart_rows.valid_to > frame.period_end)
        {%- if indicator.same_year_versions %}
        and extract(year from mart_rows.valid_from) = frame.target_year
        {%- endif %}
),
{%- else -%}
{{ frame }} as (
    {{ _frame_of_periods(reading, indicator) }}
),

{{ name }} as (
    select
        mart_rows.*,
        frame.target_period
    from mart_rows
    inner join {{ frame }} as frame
        on mart_rows.county_code = frame.county_code
        and mart_rows.source_period = frame.source_period
),
{%- endif %}

{% endmacro %}


{#
    Which mart periods make up a target period.

    period, state mart: the mart's own period of that label; else the last one inside it that is there
    (an annual figure of a monthly mart is that of its last month: states are never added up).
    period, event mart: everything that happened inside the target period.
    year_to_date: from the first period of the year up to the target; events also give the months in
    which nothing happened, from the first event of the county to its last event or delivery.
    to_date: everything up to the target.
#}
{% macro _frame_of_periods(reading, indicator) -%}
{%- set inside = "mart_periods.period_end between target.period_start and target.period_end" -%}
{%- if indicator.window == "period" and reading.time == "event" -%}
    select
        mart_periods.county_code,
        mart_periods.source_period,
        target.period as target_period
    from mart_periods
    inner join {{ ref("dim_period") }} as target
        on target.frequency = '{{ indicator.frequency }}' and {{ inside }}
{%- elif indicator.window == "period" -%}
    select
        county_code,
        source_period,
        target_period
    from (
        select
            mart_periods.county_code,
            mart_periods.source_period,
            target.period as target_period,
            rank() over (
                partition by mart_periods.county_code, target.period
                order by
                    case when mart_periods.frequency = target.frequency then 0 else 1 end,
                    mart_periods.period_end desc,
                    mart_periods.frequency
            ) as nearness
        from mart_periods
        inner join {{ ref("dim_period") }} as target
            on target.frequency = '{{ indicator.frequency }}' and {{ inside }}
    ) as candidates
    where nearness = 1
{%- else -%}
    select
        targets.county_code,
        mart_periods.source_period,
        targets.period as target_period
    from (
        {%- if reading.time == "event" %}
        select
            spans.county_code,
            target.period,
            target.period_end,
            target.year
        from known_spans as spans
        inner join {{ ref("dim_period") }} as target
            on target.frequency = '{{ indicator.frequency }}'
            and target.period_end >= spans.first_end
            and target.period_start <= spans.last_end
            {#- A mistyped date in the future must not open years of empty periods. #}
            and target.period_start <= cast('{{ var("as_of") or run_started_at.strftime("%Y-%m-%d") }}' as timestamp)
        {%- else %}
        select distinct
            mart_periods.county_code,
            target.period,
            target.period_end,
            target.year
        from mart_periods
        inner join {{ ref("dim_period") }} as target
            on target.frequency = '{{ indicator.frequency }}' and {{ inside }}
        {%- endif %}
    ) as targets
    inner join mart_periods
        on targets.county_code = mart_periods.county_code
        and mart_periods.period_end <= targets.period_end
        {%- if indicator.window == "year_to_date" %}
        and mart_periods.year = targets.year
        {%- endif %}
        {%- if reading.time == "state" %}
        and (
            mart_periods.frequency = '{{ indicator.frequency }}'
            or not exists (
                select 1 from mart_periods as same
                where same.county_code = targets.county_code and same.frequency = '{{ indicator.frequency }}'
            )
        )
        {%- endif %}
{%- endif -%}
{%- endmacro %}


{# One group per area level: the expression of its code and the rows that belong to one. #}
{% macro _area_groups(indicator) -%}
    {%- if indicator.area_rollup == "exact" -%}
        {{ return([{
            "code": "area_code",
            "rows": area_level("area_code") ~ " in ('" ~ indicator.area_levels | join("', '") ~ "')",
        }]) }}
    {%- endif -%}
    {%- set known = {
        "province": {"code": "(substr(county_code, 1, 2) || '0000000000')", "rows": "true"},
        "prefecture": {"code": "(substr(county_code, 1, 4) || '00000000')", "rows": "true"},
        "county": {"code": "county_code", "rows": "true"},
        "township": {"code": township_code("area_code"), "rows": "substr(area_code, 7) <> '000000'"},
        "zone": {"code": "zone_code", "rows": "zone_code <> ''"},
    } -%}
    {%- set groups = [] -%}
    {%- for level in indicator.area_levels -%}
        {%- do groups.append(known[level]) -%}
    {%- endfor -%}
    {{ return(groups) }}
{%- endmacro %}


{% macro _observation(reading, indicator, area, breakdown_list=none, column=none) -%}
select
        cast('{{ indicator.code }}' as varchar(60)) as indicator_code,
        {{ area.code }} as area_code,
        target_period as period,
        cast('{{ indicator.frequency }}' as varchar(20)) as frequency,
        cast('{{ indicator.measure_basis }}' as varchar(20)) as measure_basis,
        cast({{ "'" ~ breakdown_list ~ "'" if breakdown_list else "null" }} as varchar(60)) as breakdown_list,
        cast({{ column or "'_T'" }} as varchar(60)) as breakdown_code,
        {{ as_decimal(indicator.formula, 28, 6) }} as value,
        {{ _is_confidential(reading, indicator) }} as is_confidential,
        {{ _source_status(reading) }} as source_status,
        max(source_revision) as revision
    from {{ _window_name(indicator) }}
    where {{ area.rows }}{{ " and " ~ column ~ " is not null" if column }}
    group by {{ area.code }}, target_period{{ ", " ~ column if column }}
{%- endmacro %}


{# Contributors are counted once each over the rows of the cell; where the formula is one filtered
   amount, over the rows that pass its filter. No contributor at all is nothing to hide. #}
{% macro _is_confidential(reading, indicator) -%}
    {%- if reading.contributor and indicator.confidential_cells -%}
        {%- set k = var("min_persons") if reading.contributor.kind == "person" else var("min_enterprises") -%}
        {%- set who = reading.contributor.column -%}
        {%- if reading.contributor.is_count -%}
            {%- set counted = "sum(case when " ~ indicator.contributing ~ " then " ~ who ~ " end)"
                if indicator.contributing else "sum(" ~ who ~ ")" -%}
            {{ return("coalesce(" ~ counted ~ " between 1 and " ~ (k - 1) ~ ", false)") }}
        {%- endif -%}
        {%- if indicator.contributing -%}
            {%- set who = "case when " ~ indicator.contributing ~ " then " ~ who ~ " end" -%}
        {%- endif -%}
        (count(distinct {{ who }}) between 1 and {{ k - 1 }})
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}


{# The weakest status of the rows: estimated, provisional, revised, normal. #}
{% macro _source_status(reading) -%}
    {%- if reading.status_column -%}
        case max(case {{ reading.status_column }} when 'E' then 3 when 'P' then 2 when 'R' then 1 else 0 end)
            when 3 then 'E' when 2 then 'P' when 1 then 'R' else 'A' end
    {%- else -%}
        'A'
    {%- endif -%}
{%- endmacro %}


{# Shape of the observations where no mart yields any. #}
{% macro no_indicator_values() -%}
select
    cast(null as varchar(60)) as indicator_code,
    cast(null as varchar(12)) as area_code,
    cast(null as varchar(7)) as period,
    cast(null as varchar(20)) as frequency,
    cast(null as varchar(20)) as measure_basis,
    cast(null as varchar(60)) as breakdown_list,
    cast(null as varchar(60)) as breakdown_code,
    cast(null as decimal(28, 6)) as value,
    false as is_confidential,
    'A' as source_status,
    1 as revision
where false
{%- endmacro %}
