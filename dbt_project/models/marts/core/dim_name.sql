{#
    What a code column of the marts stands for, dataset that knows the name, its columns for code and name.
    Where several know it, the first in this list is heard.
#}
{%- set known = [
    ("uscc", "market_regulation.market_entity", "uscc", "entity_name"),
    ("uscc", "civil_affairs.social_organization", "uscc", "org_name"),
    ("uscc", "agri_rural.collective_company", "uscc", "company_name"),
    ("uscc", "state_assets.soe_financial", "uscc", "enterprise_name"),
    ("uscc", "industry.enterprise_monthly", "uscc", "enterprise_name"),
    ("uscc", "energy.energy_user", "uscc", "user_name"),
    ("institution_code", "medical_insurance.designated_institution", "institution_code", "institution_name"),
    ("school_code", "education.school_semester", "school_code", "school_name"),
    ("project_code", "investment.project_register", "project_code", "project_name"),
    ("project_code", "energy.project_review", "project_code", "project_name"),
    ("project_code", "industry.technical_renovation", "project_code", "project_name"),
    ("project_no", "industry.funnel_project", "project_no", "project_name"),
    ("fund_item_no", "investment.fund_item", "fund_item_no", "item_name"),
    ("bank_code", "finance_office.bank_loan", "bank_code", "bank_name"),
    ("parcel_code", "natural_resources.industrial_parcel", "parcel_code", "parcel_name"),
    ("site_code", "civil_affairs.elderly_site", "site_code", "site_name"),
    ("facility_code", "veterans.honour_facility", "facility_code", "facility_name"),
    ("audit_no", "audit.audit_project", "audit_no", "audit_name"),
] -%}
with delivered as (
    select
        'reporter_code' as key_column,
        reporter_code as code,
        reporter_name as name_zh,
        {{ county_code("area_code") }} as county_code,
        0 as preference,
        '' as period,
        cast(null as timestamp) as accepted_at
    from {{ ref("seed_reporter") }}
    {%- for key_column, dataset, code, name in known if is_declared(dataset) %}
    union all
    select
        '{{ key_column }}' as key_column,
        {{ code }} as code,
        {{ name }} as name_zh,
        county_code,
        {{ loop.index }} as preference,
        _period as period,
        _accepted_at as accepted_at
    from {{ ref("stg_" ~ dataset | replace(".", "__")) }}
    where {{ name }} is not null
    {%- endfor %}
),

ranked as (
    select
        delivered.*,
        row_number() over (
            partition by county_code, key_column, code
            order by preference, period desc, accepted_at desc, name_zh
        ) as choice
    from delivered
)

select
    key_column,
    code,
    name_zh,
    county_code,
    {{ lineage_columns() }}
from ranked
where choice = 1
