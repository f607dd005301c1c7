{{ industry_sums("industry_division") }}
