with parcels as (
    select * from {{ ref("int_parcel_values__allocated") }}
),

dimensions as (
    select
        code,
        weight
    from {{ ref("seed_parcel_score_dimension") }}
),

-- Every dimension is a ratio: what stands above and below it, so that the county's mean is a ratio too.
measured as (
    select
        parcels.county_code,
        parcels.parcel_code,
        parcels.year,
        parcels.is_evaluated,
        dimensions.code,
        dimensions.weight,
        case dimensions.code
            when 'TAX_PER_MU' then parcels.tax_wan
            when 'VA_PER_MU' then parcels.value_added_wan
            when 'REV_PER_MU' then parcels.revenue_wan
            when 'VA_PER_TCE' then parcels.value_added_wan
            when 'RD' then parcels.rd_wan
            when 'GROWTH' then parcels.output_wan - parcels.output_ly_wan
        end as above,
        case
            when dimensions.code in ('TAX_PER_MU', 'VA_PER_MU', 'REV_PER_MU') then parcels.parcel_area_mu
            when dimensions.code = 'VA_PER_TCE' then parcels.energy_tce
            when dimensions.code = 'RD' then parcels.revenue_wan
            when dimensions.code = 'GROWTH' then parcels.output_ly_wan
        end as below
    from parcels
    cross join dimensions
),

means as (
    select
        county_code,
        year,
        code,
        {{ safe_divide("sum(above)", "sum(below)") }} as mean
    from measured
    where above is not null and below is not null
    group by county_code, year, code
),

-- Twice the county's mean of last year; in the first year on record that of the year itself.
benchmarks as (
    select
        this_year.county_code,
        this_year.year,
        this_year.code,
        2 * coalesce(last_year.mean, this_year.mean) as benchmark
    from means as this_year
    left join means as last_year
        on this_year.county_code = last_year.county_code
        and this_year.year - 1 = last_year.year
        and this_year.code = last_year.code
),

-- A value counts up to one and a half times the benchmark and never below nought. Nobody can be measured
-- against a mean that is not positive: the dimension then gives nothing to anyone.
points as (
    select
        measured.county_code,
        measured.parcel_code,
        measured.year,
        sum(
            measured.weight * case
                when benchmarks.benchmark > 0 and measured.above is not null and measured.below <> 0
                    then least(
                            greatest({{ safe_divide("measured.above", "measured.below") }} / benchmarks.benchmark, 0), 1.5
                        )
                else 0
            end
        ) as points
    from measured
    left join benchmarks
        on measured.county_code = benchmarks.county_code
        and measured.year = benchmarks.year
        and measured.code = benchmarks.code
    where measured.is_evaluated
    group by measured.county_code, measured.parcel_code, measured.year
),

scored as (
    select
        points.county_code,
        points.parcel_code,
        points.year,
        parcels.is_above_scale,
        {{ as_decimal(
            "points.points + case when parcels.has_tech_center then 5 else 0 end"
            " + case when parcels.is_listed then 5 else 0 end", 10, 4
        ) }} as score
    from points
    inner join parcels
        on points.county_code = parcels.county_code
        and points.parcel_code = parcels.parcel_code
        and points.year = parcels.year
),

ranked as (
    select
        scored.*,
        100 * percent_rank() over (
            partition by county_code, year, is_above_scale order by score desc
        ) as score_rank_pct
    from scored
)

select
    county_code,
    parcel_code,
    year,

    score,
    {{ as_decimal("score_rank_pct", 8, 4) }} as score_rank_pct,
    case
        when score_rank_pct <= 20 then 'A'
        when score_rank_pct <= 60 then 'B'
        when score_rank_pct <= 95 then 'C'
        else 'D'
    end as score_grade
from ranked
