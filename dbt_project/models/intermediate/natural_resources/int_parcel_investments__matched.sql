with projects as (
    select * from {{ ref("stg_investment__project_register") }}
    where is_current and is_industrial
),

months as (
    select * from {{ ref("stg_investment__project_monthly") }}
),

parcels as (
    select * from {{ ref("stg_natural_resources__industrial_parcel") }}
    where is_current and contract_invest_per_mu is not null
),

-- A project does not name its parcel: it is known by its builder, who holds the land with the promise.
promised as (
    select
        county_code,
        holder_uscc,
        sum(parcel_area_mu) as parcel_area_mu
    from parcels
    group by county_code, holder_uscc
),

done as (
    select
        projects.county_code,
        projects.builder_uscc,
        months.period,
        sum(months.invest_total_done_wan) as invest_done_wan
    from months
    inner join projects
        on months.county_code = projects.county_code
        and months.project_code = projects.project_code
    group by projects.county_code, projects.builder_uscc, months.period
)

select
    promised.county_code,
    promised.holder_uscc,
    done.period,
    {{ period_end("done.period") }} as period_end,
    {{ as_decimal("done.invest_done_wan / nullif(promised.parcel_area_mu, 0)", 18, 4) }} as invest_per_mu
from promised
inner join done
    on promised.county_code = done.county_code
    and promised.holder_uscc = done.builder_uscc
