{#- One kilogram of standard coal is 7000 kilocalories of 4.1868 kJ; the printed value, not a rounded 29307. -#}
{%- set kj_per_kgce = 29307.6 -%}
with forms as (
    select * from {{ ref("stg_energy__fuel_consumption") }}
),

meters as (
    select * from {{ ref("int_meters__summed_by_month") }}
),

users as (
    select * from {{ ref("int_energy_users__versioned") }}
),

coefficients as (
    select * from {{ ref("int_energy_coefficients__dated") }}
),

-- Own solar stands in the form or, where it does not, on the meter.
metered_solar as (
    select meters.*
    from meters
    left join forms
        on meters.county_code = forms.county_code
        and meters.uscc = forms.uscc
        and meters.period = forms.period
        and forms.energy_code = 'PV_SELF'
    where meters.energy_code = 'PV_SELF' and forms.uscc is null
),

used as (
    select
        uscc,
        energy_code,
        period,
        consume_qty,
        coalesce(raw_material_qty, 0) as raw_material_qty,
        coalesce(convert_output_tce, 0) as convert_output_tce,
        case when ncv_source = 'MEASURED' and measured_ncv_kj > 0 then measured_ncv_kj end as measured_ncv_kj,
        _reporter_area_code as reporter_area_code,
        county_code,
        _revision
    from forms
    union all
    select
        uscc,
        energy_code,
        period,
        metered_qty as consume_qty,
        0 as raw_material_qty,
        0 as convert_output_tce,
        null as measured_ncv_kj,
        reporter_area_code,
        county_code,
        _revision
    from metered_solar
),

weighed as (
    select
        used.*,
        case
            when used.measured_ncv_kj is not null and coefficients.takes_measured_ncv
                then used.measured_ncv_kj / {{ kj_per_kgce }} * coefficients.base_per_natural_unit
        end as coef_measured,
        coefficients.coef_calorific as coef_calorific_default,
        coefficients.coef_equivalent as coef_equivalent_default,
        coefficients.coef_status as coef_status_default
    from used
    left join coefficients
        on used.energy_code = coefficients.energy_code
        and {{ year_of("used.period") }} = coefficients.year
),

chosen as (
    select
        weighed.*,
        cast(coalesce(coef_measured, coef_calorific_default) as decimal(18, 6)) as coef_calorific,
        cast(coalesce(coef_measured, coef_equivalent_default) as decimal(18, 6)) as coef_equivalent,
        case
            when coef_measured is not null then 'verified'
            else coalesce(coef_status_default, 'unverified')
        end as coef_status
    from weighed
)

select
    chosen.uscc,
    chosen.energy_code,
    chosen.period,

    {{ township_code("coalesce(users.area_code, chosen.reporter_area_code)") }} as area_code,

    cast(chosen.consume_qty as decimal(18, 4)) as consume_qty,
    cast(chosen.convert_output_tce as decimal(14, 2)) as convert_output_tce,

    chosen.coef_calorific,
    chosen.coef_equivalent,
    chosen.coef_status,

    {{ as_decimal("chosen.consume_qty * chosen.coef_calorific / 1000 - chosen.convert_output_tce", 18, 4) }} as tce_calorific,
    {{ as_decimal("chosen.consume_qty * chosen.coef_equivalent / 1000 - chosen.convert_output_tce", 18, 4) }} as tce_equivalent,
    {{ as_decimal("chosen.raw_material_qty * chosen.coef_calorific / 1000", 18, 4) }} as tce_raw_material,

    {{ as_decimal(
        "100 * abs(chosen.consume_qty - meters.metered_qty) / nullif(chosen.consume_qty, 0)", 18, 4
    ) }} as source_gap_pct,

    chosen.county_code,
    chosen._revision,
    {{ lineage_columns() }}
from chosen
left join meters
    on chosen.county_code = meters.county_code
    and chosen.uscc = meters.uscc
    and chosen.energy_code = meters.energy_code
    and chosen.period = meters.period
left join users
    on chosen.county_code = users.county_code
    and chosen.uscc = users.uscc
    and {{ valid_at("users", period_end("chosen.period")) }}
