-- Villages are rolled up to their township, so that marts join each other and dim_area by area_code. Returns a village
-- in a mart whose area is the township. Marts about villages (facilities, governance, communities) are not listed.
{%- set marts = [
    "fct_village_project_month",
    "fct_toilet_quarter",
    "fct_collective_company_month",
    "fct_elderly_service_month",
    "fct_elderly_site_month",
    "fct_school_staffing",
    "fct_subject_staffing",
    "fct_cross_teaching",
    "fct_teacher_training_year",
    "fct_sport_hour_month",
    "fct_drill",
    "fct_duty_check",
    "fct_energy_use_month",
    "fct_energy_user_year",
    "fct_pv_month",
    "fct_greening_activity",
    "fct_fire_event",
    "fct_parcel_evaluation",
    "agg_parcel_grade",
    "fct_enterprise_month",
    "agg_industry_group_month",
    "fct_project_funnel_month",
    "fct_technical_renovation_month",
    "fct_enterprise_innovation_year",
    "fct_project_month",
    "fct_project_node",
    "fct_relocation_month",
    "fct_penalty_case",
    "dim_market_entity",
    "dim_industrial_parcel",
    "fct_rural_talent",
    "fct_talent_service",
    "fct_sport_ground_year",
    "fct_enterprise_tax_quarter",
    "fct_veteran_service_month",
] %}
{% for mart in marts %}
{{ "union all" if not loop.first }}
select
    '{{ mart }}' as mart,
    area_code
from {{ ref(mart) }}
where area_code is not null and {{ area_level("area_code") }} = 'village'
{%- endfor %}
