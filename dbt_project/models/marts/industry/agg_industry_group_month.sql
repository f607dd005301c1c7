{{ industry_sums("industry_group") }}
