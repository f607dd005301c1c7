with uses as (
    select * from {{ ref("fct_energy_use_month") }}
),

forms as (
    select * from {{ ref("stg_energy__fuel_consumption") }}
),

coefficients as (
    select * from {{ ref("int_energy_coefficients__dated") }}
),

months as (
    select {{ month_number("period") }} as month_no
    from {{ ref("dim_period") }}
    where frequency = 'monthly'
),

joined as (
    select
        uses.county_code,
        uses.uscc,
        uses.energy_code,
        uses.period,
        {{ year_of("uses.period") }} as year,
        {{ month_number("uses.period") }} as month_no,
        uses.consume_qty,
        uses.tce_calorific,
        uses.tce_equivalent,
        uses.coef_calorific,
        uses.coef_equivalent,
        coefficients.is_coal,
        forms.consume_ytd_qty,
        forms.uscc is not null as has_form,
        uses._revision
    from uses
    left join forms
        on uses.county_code = forms.county_code
        and uses.uscc = forms.uscc
        and uses.energy_code = forms.energy_code
        and uses.period = forms.period
    left join coefficients
        on uses.energy_code = coefficients.energy_code
        and {{ year_of("uses.period") }} = coefficients.year
),

followed as (
    select
        joined.*,
        lag(month_no) over (partition by county_code, uscc, energy_code, year order by month_no) as last_month_no,
        lag(consume_ytd_qty) over (partition by county_code, uscc, energy_code, year order by month_no) as last_ytd_qty
    from joined
),

-- A form states the year so far. Months of the year that were never delivered (January, for a start) are in
-- that total; what they used is what the total holds beyond the delivered months.
covered as (
    select
        followed.*,
        coalesce(last_month_no, (year - 2000) * 12 - 1) as known_until,
        case
            when has_form and month_no - coalesce(last_month_no, (year - 2000) * 12 - 1) > 1
                then greatest(consume_ytd_qty - coalesce(last_ytd_qty, 0) - consume_qty, 0)
            else 0
        end as missing_qty
    from followed
),

filled as (
    select
        covered.county_code,
        covered.uscc,
        covered.energy_code,
        covered.period as delivered_period,
        months.month_no,
        covered.is_coal,
        covered.missing_qty / (covered.month_no - covered.known_until - 1) as consume_qty,
        covered.coef_calorific,
        covered.coef_equivalent,
        covered._revision
    from covered
    inner join months
        on months.month_no > covered.known_until
        and months.month_no < covered.month_no
    where covered.missing_qty > 0
)

select
    county_code,
    uscc,
    energy_code,
    month_no,
    period as delivered_period,
    tce_calorific,
    tce_equivalent,
    cast(case when is_coal then consume_qty else 0 end as decimal(18, 4)) as coal_t,
    {{ as_decimal("case when is_coal then consume_qty * coef_calorific / 1000 else 0 end", 18, 4) }} as coal_tce,
    _revision
from covered
union all
select
    county_code,
    uscc,
    energy_code,
    month_no,
    delivered_period,
    {{ as_decimal("consume_qty * coef_calorific / 1000", 18, 4) }} as tce_calorific,
    {{ as_decimal("consume_qty * coef_equivalent / 1000", 18, 4) }} as tce_equivalent,
    cast(case when is_coal then consume_qty else 0 end as decimal(18, 4)) as coal_t,
    {{ as_decimal("case when is_coal then consume_qty * coef_calorific / 1000 else 0 end", 18, 4) }} as coal_tce,
    _revision
from filled
