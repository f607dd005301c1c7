"""Reference data as dbt seeds: areas, zones, periods, code lists, constants, indicators, targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from xiantong.areas import crosswalk
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import CodeList, Strict
from xiantong.contracts.odcs import ContractError
from xiantong.csv_rows import csv_rows
from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period, period_range
from xiantong.transform.indicators import Indicator, IndicatorRegistry
from xiantong.transform.text import csv_text, sql_text, yaml_text

FIRST_YEAR, LAST_YEAR = 2015, 2035
_FREQUENCIES = (Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.SEMESTER, Frequency.ANNUAL)
_FIRST_LABEL = {"monthly": "{}-01", "quarterly": "{}-Q1", "semester": "{}-S1", "annual": "{}"}
_LAST_LABEL = {"monthly": "{}-12", "quarterly": "{}-Q4", "semester": "{}-S2", "annual": "{}"}


@dataclass(frozen=True, slots=True)
class SeedColumn:
    """``type`` is SQL; ``description`` starts with the Chinese name, as those of the contracts do."""

    type: str
    description: str


Columns = dict[str, SeedColumn]


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed table with its columns by name."""

    name: str
    description: str
    columns: Columns
    rows: Sequence[Sequence[Any]]


def _text(description: str) -> SeedColumn:
    return SeedColumn("varchar", description)


def _date(description: str) -> SeedColumn:
    return SeedColumn("date", description)


def _integer(description: str) -> SeedColumn:
    return SeedColumn("integer", description)


_VALIDITY = {
    "valid_from": _date("生效日期：first day on which it is in use; empty = always"),
    "valid_to": _date("失效日期：first day on which it no longer is; empty = still in use"),
}


_AREA_COLUMNS: Columns = {
    "area_code": _text("区划代码：statistical area code, 12 digits"),
    "area_name": _text("区划名称：name"),
    "area_level": _text("级别：province, prefecture, county, township or village"),
    "parent_code": _text("上级区划代码：area one level above"),
    "urban_rural_code": _text("城乡分类代码：urban-rural class of the statistical bureau"),
    "resident_population": SeedColumn(
        "bigint", "常住人口：persons who live there（单位 人）; empty = not recorded"
    ),
    "is_forest_town": SeedColumn(
        "boolean", "林业镇：township that keeps watch in the fire season; empty = no"
    ),
    **_VALIDITY,
}
_CROSSWALK_COLUMNS: Columns = {
    "area_code": _text("原区划代码：code that ended"),
    "successor_code": _text("现区划代码：code that took over"),
    "changed_on": _date("变更日期：first day of the new code"),
    "share": SeedColumn("decimal(9,6)", "划入比例：share of the old area that went there, 0 to 1"),
}
_ZONE_COLUMNS: Columns = {
    "zone_code": _text("园区代码：development zone"),
    "zone_name": _text("园区名称：name"),
    "zone_level": _text("园区级别：who approved it, national, provincial or county"),
    "host_area_code": _text("所在区划代码：township where it lies"),
}
_REPORTER_COLUMNS: Columns = {
    "reporter_code": _text("报送单位代码：unit that delivers"),
    "reporter_name": _text("报送单位名称：name"),
    "kind": _text("类别：bureau, township, enterprise …"),
    "department": _text("部门：department that it reports to; empty = several"),
    "area_code": _text("区划代码：area that it reports for"),
}


class TargetRow(Strict):
    """One line of ``expectations/indicators/targets.csv``: a target that a document sets."""

    indicator_code: str
    area_code: str = Field(pattern=r"^\d{12}$")
    target_period: str
    target_value: float
    comparator: str = Field(pattern=r"^(>=|<=|=)$")
    source_document: str


def seed_files(catalogue: Catalogue, registry: IndicatorRegistry) -> dict[Path, str]:
    """All seeds with one properties file, and the macro that gives models the constants."""
    seeds = [
        *_register_seeds(catalogue),
        _periods(),
        _codes(catalogue),
        *_attribute_seeds(catalogue),
        _constants(catalogue),
        _indicators(registry),
        _targets(catalogue.folder / "indicators" / "targets.csv", registry),
    ]
    files = {Path("seeds") / f"{s.name}.csv": csv_text(list(s.columns), s.rows) for s in seeds}
    files[Path("seeds") / "seeds.yml"] = yaml_text(_properties(seeds), "expectations/")
    files[Path("macros") / "constant.sql"] = _constant_macro(catalogue)
    files |= {_declared_path(dataset): _declared_macro(dataset) for dataset in catalogue.contracts}
    return files


def _properties(seeds: list[Seed]) -> dict[str, Any]:
    return {
        "version": 2,
        "seeds": [
            {
                "name": seed.name,
                "description": seed.description,
                "config": {"column_types": {n: c.type for n, c in seed.columns.items()}},
                "columns": [
                    {"name": name, "description": column.description}
                    for name, column in seed.columns.items()
                ],
            }
            for seed in seeds
        ],
    }


def _register_seeds(catalogue: Catalogue) -> list[Seed]:
    """The county's registers, whose entries have an attribute for every column."""
    return [
        _register(
            "seed_area",
            "One row per area code and validity span (区划代码).",
            _AREA_COLUMNS,
            catalogue.areas,
        ),
        _register(
            "seed_area_crosswalk",
            "One row per ended area code and code that followed it (区划代码沿革).",
            _CROSSWALK_COLUMNS,
            crosswalk(catalogue.area_changes),
        ),
        _register(
            "seed_zone", "One row per development zone (园区).", _ZONE_COLUMNS, catalogue.zones
        ),
        _register(
            "seed_reporter",
            "One row per reporter (报送单位).",
            _REPORTER_COLUMNS,
            catalogue.reporters,
        ),
    ]


def _register(name: str, description: str, columns: Columns, entries: Iterable[object]) -> Seed:
    rows = [[getattr(entry, column) for column in columns] for entry in entries]
    return Seed(name, description, columns, rows)


def _periods() -> Seed:
    columns = {
        "period": _text("报告期：label, 2023-10, 2023-Q3, 2023-S2 or 2023"),
        "frequency": _text("频率：monthly, quarterly, semester or annual"),
        "period_start": _date("起始日：first day"),
        "period_end": _date("截止日：last day"),
        "year": _integer("年份：year that the period is counted in"),
        "quarter": _integer("季度：1 to 4; empty for semesters and years"),
        "month": _integer("月份：1 to 12; empty for longer periods"),
        "prior_period": _text("上期：period directly before"),
        "same_period_last_year": _text("上年同期：same period of the year before"),
        "ytd_start": _text("本年首期：first period of the year, where 本年累计 starts"),
    }
    rows = []
    for frequency in _FREQUENCIES:
        first = Period(_FIRST_LABEL[frequency].format(FIRST_YEAR))
        last = Period(_LAST_LABEL[frequency].format(LAST_YEAR))
        rows += [_period_row(period) for period in period_range(first, last)]
    return Seed("seed_period", "One row per period and frequency (报告期).", columns, rows)


def _period_row(period: Period) -> list[Any]:
    frequency = period.frequency
    month = period.ordinal if frequency is Frequency.MONTHLY else None
    if month is not None:
        quarter: int | None = (month + 2) // 3
    else:
        quarter = period.ordinal if frequency is Frequency.QUARTERLY else None
    return [
        period.label,
        str(frequency),
        period.start,
        period.end,
        period.year,
        quarter,
        month,
        period.prior.label,
        period.same_period_last_year.label,
        _FIRST_LABEL[frequency].format(period.year),
    ]


_CODE = _text("代码：code, as it stands in the tables")
_LABEL = _text("名称：Chinese label of the code")
_RANK = _integer("序位：place where the order means something; empty elsewhere")


def _codes(catalogue: Catalogue) -> Seed:
    columns = {
        "code_list": _text("代码表：name of the list, as the descriptions of columns say it"),
        "code": _CODE,
        "name_zh": _LABEL,
        "rank": _RANK,
        **_VALIDITY,
        "list_name_zh": _text("代码表名称：Chinese title of the list"),
    }
    rows = [
        [name, code.code, code.zh, code.rank, code.valid_from, code.valid_to, code_list.title_zh]
        for name, code_list in catalogue.codes.items()
        for code in code_list.codes
    ]
    return Seed("seed_code", "One row per code list and code (代码表).", columns, rows)


def _attribute_seeds(catalogue: Catalogue) -> list[Seed]:
    """Code lists whose codes carry attributes get a table of their own."""
    seeds: list[Seed] = []
    for name, code_list in catalogue.codes.items():
        attributes = _attributes(code_list)
        if attributes:
            seeds += _seeds_of_list(name, code_list, attributes)
    return seeds


def _attributes(code_list: CodeList) -> list[str]:
    seen: dict[str, None] = {}
    for code in code_list.codes:
        seen |= dict.fromkeys(code.extra)
    return list(seen)


def _seeds_of_list(name: str, code_list: CodeList, attributes: list[str]) -> list[Seed]:
    unsaid = [a for a in attributes if a not in code_list.attributes]
    if unsaid:
        raise ContractError(f"codes/{name}.yaml: attributes do not describe {', '.join(unsaid)}")
    values = {a: [code.extra.get(a) for code in code_list.codes] for a in attributes}
    lists = [a for a in attributes if any(isinstance(v, list) for v in values[a])]
    plain = [a for a in attributes if a not in lists]
    title = f"{code_list.title_zh}: {code_list.note}" if code_list.note else code_list.title_zh
    columns = {"code": _CODE, "name_zh": _LABEL, "rank": _RANK}
    columns |= {a: SeedColumn(_sql_type(values[a]), code_list.attributes[a]) for a in plain}
    rows = [
        [code.code, code.zh, code.rank, *(code.extra.get(a) for a in plain)]
        for code in code_list.codes
    ]
    seeds = [Seed(f"seed_{name}", f"One row per code. {title}", columns, rows)]
    for attribute in lists:
        pairs = [[c.code, str(v)] for c in code_list.codes for v in c.extra.get(attribute) or []]
        description = f"One row per code and one of its {attribute}. {title}"
        pair_columns = {"code": _CODE, "value": _text(code_list.attributes[attribute])}
        seeds.append(Seed(f"seed_{name}__{attribute}", description, pair_columns, pairs))
    return seeds


def _sql_type(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "decimal(18,6)" if kinds and kinds <= {int, float} else "varchar"


def _constant_items(catalogue: Catalogue) -> list[tuple[str, str | None, Any]]:
    items: list[tuple[str, str | None, Any]] = []
    for name, value in catalogue.constants.items():
        if isinstance(value, dict):
            items += [(name, str(item), number) for item, number in value.items()]
        else:
            items.append((name, None, value))
    return items


def _constants(catalogue: Catalogue) -> Seed:
    columns = {
        "name": _text("参数：name, written const.<name> in rules and formulas"),
        "item": _text("细项：what it holds for where it is different for each; empty = one value"),
        "value": SeedColumn(
            "decimal(18,6)", "取值：value; the name ends with its unit where it has one"
        ),
    }
    description = (
        "One row per threshold and item (参数): local policy that models and rules refer to."
    )
    return Seed("seed_constant", description, columns, _constant_items(catalogue))


def _constant_macro(catalogue: Catalogue) -> str:
    """``constant(name, item)``: a threshold as a literal; an unknown name fails the compilation."""
    entries = ",\n".join(
        f'        ("{name}", {_jinja(item)}): {value}'
        for name, item, value in _constant_items(catalogue)
    )
    body = (
        "{% macro constant(name, item=none) -%}\n"
        "    {%- set constants = {\n"
        f"{entries},\n"
        "    } -%}\n"
        "    {%- if (name, item) not in constants -%}\n"
        '        {{ exceptions.raise_compiler_error("no constant " ~ name ~ " " ~ (item or "")) }}\n'
        "    {%- endif -%}\n"
        "    {{ constants[(name, item)] }}\n"
        "{%- endmacro %}\n"
    )
    return sql_text(body, "expectations/codes/_constants.yaml")


def _declared_path(dataset: DatasetId) -> Path:
    return Path("macros") / "declared" / f"{dataset.raw_table}.sql"


def _declared_macro(dataset: DatasetId) -> str:
    """A macro that does nothing: that it exists tells ``is_declared`` that there is a contract. One
    file per dataset, so that a new dataset changes no file of the others."""
    body = f"{{% macro declared__{dataset.raw_table}() %}}{{% endmacro %}}\n"
    return sql_text(body, f"expectations/{dataset.contract_path}")


def _jinja(item: str | None) -> str:
    return "none" if item is None else f'"{item}"'


_INDICATOR_COLUMNS: Columns = {
    "indicator_code": _text("指标代码：code in marts.fct_indicator_value"),
    "name_zh": _text("指标名称：Chinese name"),
    "name_en": _text("英文名称：English name"),
    "subject": _text("主题：department whose figures it tells"),
    "unit": _text("计量单位：unit of its values"),
    "frequency": _text("频率：monthly, quarterly, semester or annual"),
    "measure_basis": _text("口径：what a value covers（代码表 measure_basis 口径）"),
    "aggregation": _text("汇总方式：how values of parts become that of the whole; ratio = never added"),
    "direction": _text("导向：up = more is better, down = less is better, neutral"),
    "formula": _text("计算公式：SQL over the rows of the mart"),
    "breakdown_list": _text("分组：columns of the mart that it is broken down by; empty = only the total _T"),
    "mart": _text("来源宽表：mart that the formula reads"),
    "time_window": _text("时间窗：which rows a period takes: period, year_to_date, to_date or as_of"),
    "area_levels": _text("区域级别：levels for which it is computed"),
    "benchmark_levels": _text("对标级别：levels of other areas that it is compared with"),
    "target_comparator": _text("目标方向：>= = at least the target, <= = at most"),
    "note": _text("说明：what else has to be known"),
    "target_value": SeedColumn("decimal(18,4)", "常设目标：standing target in the unit of the indicator"),
}  # fmt: skip


def _indicators(registry: IndicatorRegistry) -> Seed:
    rows = [
        _indicator_row(registry.subject_of[code], indicator, list(_INDICATOR_COLUMNS))
        for code, indicator in sorted(registry.indicators.items())
    ]
    return Seed("seed_indicator", "One row per indicator (指标目录).", _INDICATOR_COLUMNS, rows)


def _indicator_row(subject: str, indicator: Indicator, columns: list[str]) -> list[Any]:
    values: dict[str, Any] = indicator.model_dump(mode="json") | {
        "indicator_code": indicator.code,
        "subject": subject,
        "breakdown_list": ",".join(indicator.breakdown_columns) or None,
        "time_window": str(indicator.window),
        "area_levels": ",".join(indicator.area_levels),
        "benchmark_levels": ",".join(indicator.benchmark_levels) or None,
        "target_value": indicator.target.value if indicator.target else None,
        "target_comparator": indicator.target.comparator if indicator.target else None,
        "note": indicator.note or None,
    }
    return [values[column] for column in columns]


def _targets(path: Path, registry: IndicatorRegistry) -> Seed:
    columns = {
        "indicator_code": _text("指标代码：indicator"),
        "area_code": _text("区划代码：area that has to reach it"),
        "target_period": _text("目标期：period for which it is set"),
        "target_value": SeedColumn("decimal(18,4)", "目标值：in the unit of the indicator"),
        "comparator": _text("比较方式：>= = at least, <= = at most, = = exactly"),
        "source_document": _text("依据文件：document that sets it"),
    }
    rows: list[TargetRow] = []
    if path.exists():
        rows = [TargetRow.model_validate(row) for _, row in csv_rows(path)]
    unknown = sorted({row.indicator_code for row in rows} - set(registry.indicators))
    if unknown:
        raise ValueError(f"{path}: targets of unknown indicators: {', '.join(unknown)}")
    for row in rows:
        Period(row.target_period)
    description = (
        "One row per indicator, area and period with a target that a document sets (目标任务)."
    )
    return _register("seed_indicator_target", description, columns, rows)
