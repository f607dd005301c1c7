with reviews as (
    select * from {{ ref("stg_energy__project_review") }}
),

registered as (
    select * from {{ ref("int_registered_projects__versioned") }}
    where valid_to is null
)

select
    reviews.project_code,
    reviews.valid_from,
    reviews.valid_to,
    reviews.is_current,

    reviews.two_high,
    reviews.review_status,
    reviews.energy_demand_tce,
    reviews.substitute_energy_tce,
    registered.start_date,
    {%- if is_declared("investment.project_register") %}
    reviews.two_high
    and reviews.review_status not in ('APPROVED', 'COMPLETED')
    and registered.start_date is not null as blocked,
    {%- else %}
    -- Unknown, not false, as long as nobody reports whether a project has started.
    cast(null as boolean) as blocked,
    {%- endif %}

    reviews.county_code,
    reviews._revision
from reviews
left join registered
    on reviews.county_code = registered.county_code
    and reviews.project_code = registered.project_code
