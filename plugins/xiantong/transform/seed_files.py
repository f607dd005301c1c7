"""Reference data as dbt seeds: areas, zones, periods, code lists, constants, indicators, targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from xiantong.areas import crosswalk
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import CodeList, Strict
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
class Seed:
    """One seed table. ``columns`` maps each column to its SQL type."""

    name: str
    description: str
    columns: dict[str, str]
    rows: Sequence[Sequence[Any]]


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
        _areas(catalogue),
        _area_crosswalk(catalogue),
        _zones(catalogue),
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
                "config": {"column_types": dict(seed.columns)},
            }
            for seed in seeds
        ],
    }


def _areas(catalogue: Catalogue) -> Seed:
    types = {
        "area_code": "varchar",
        "area_name": "varchar",
        "area_level": "varchar",
        "parent_code": "varchar",
        "urban_rural_code": "varchar",
        "resident_population": "bigint",
        "is_forest_town": "boolean",
        "valid_from": "date",
        "valid_to": "date",
    }
    rows = [[getattr(area, name) for name in types] for area in catalogue.areas]
    return Seed("seed_area", "One row per area code and validity span (区划代码).", types, rows)


def _area_crosswalk(catalogue: Catalogue) -> Seed:
    types = {
        "area_code": "varchar",
        "successor_code": "varchar",
        "changed_on": "date",
        "share": "decimal(9,6)",
    }
    rows = [
        [s.area_code, s.successor_code, s.changed_on, s.share]
        for s in crosswalk(catalogue.area_changes)
    ]
    description = "One row per ended area code and code that followed it (区划代码沿革)."
    return Seed("seed_area_crosswalk", description, types, rows)


def _zones(catalogue: Catalogue) -> Seed:
    names = ("zone_code", "zone_name", "zone_level", "host_area_code")
    rows = [[getattr(zone, name) for name in names] for zone in catalogue.zones]
    return Seed(
        "seed_zone", "One row per development zone (园区).", dict.fromkeys(names, "varchar"), rows
    )


def _periods() -> Seed:
    types = {
        "period": "varchar",
        "frequency": "varchar",
        "period_start": "date",
        "period_end": "date",
        "year": "integer",
        "quarter": "integer",
        "month": "integer",
        "prior_period": "varchar",
        "same_period_last_year": "varchar",
        "ytd_start": "varchar",
    }
    rows = []
    for frequency in _FREQUENCIES:
        first = Period(_FIRST_LABEL[frequency].format(FIRST_YEAR))
        last = Period(_LAST_LABEL[frequency].format(LAST_YEAR))
        rows += [_period_row(period) for period in period_range(first, last)]
    return Seed("seed_period", "One row per period and frequency (报告期).", types, rows)


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


def _codes(catalogue: Catalogue) -> Seed:
    types = {
        "code_list": "varchar",
        "code": "varchar",
        "name_zh": "varchar",
        "rank": "integer",
        "valid_from": "date",
        "valid_to": "date",
    }
    rows = [
        [name, code.code, code.zh, code.rank, code.valid_from, code.valid_to]
        for name, code_list in catalogue.codes.items()
        for code in code_list.codes
    ]
    return Seed("seed_code", "One row per code list and code (代码表).", types, rows)


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
    values = {a: [code.extra.get(a) for code in code_list.codes] for a in attributes}
    lists = [a for a in attributes if any(isinstance(v, list) for v in values[a])]
    plain = [a for a in attributes if a not in lists]
    title = f"{code_list.title_zh}: {code_list.note}" if code_list.note else code_list.title_zh
    types = {"code": "varchar", "name_zh": "varchar", "rank": "integer"}
    types |= {a: _sql_type(values[a]) for a in plain}
    rows = [
        [code.code, code.zh, code.rank, *(code.extra.get(a) for a in plain)]
        for code in code_list.codes
    ]
    seeds = [Seed(f"seed_{name}", f"One row per code. {title}", types, rows)]
    for attribute in lists:
        pairs = [[c.code, str(v)] for c in code_list.codes for v in c.extra.get(attribute) or []]
        description = f"One row per code and one of its {attribute}. {title}"
        seeds.append(
            Seed(
                f"seed_{name}__{attribute}",
                description,
                {"code": "varchar", "value": "varchar"},
                pairs,
            )
        )
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
    types = {"name": "varchar", "item": "varchar", "value": "decimal(18,6)"}
    description = (
        "One row per threshold and item (参数): local policy that models and rules refer to."
    )
    return Seed("seed_constant", description, types, _constant_items(catalogue))


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


def _indicators(registry: IndicatorRegistry) -> Seed:
    text = (
        "indicator_code", "name_zh", "name_en", "subject", "unit", "frequency", "measure_basis",
        "aggregation", "direction", "formula", "breakdown_list", "mart", "time_window", "area_levels",
        "benchmark_levels", "target_comparator", "note",
    )  # fmt: skip
    types: dict[str, str] = dict.fromkeys(text, "varchar") | {"target_value": "decimal(18,4)"}
    rows = [
        _indicator_row(registry.subject_of[code], indicator, list(types))
        for code, indicator in sorted(registry.indicators.items())
    ]
    return Seed("seed_indicator", "One row per indicator (指标目录).", types, rows)


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
    types: dict[str, str] = dict.fromkeys(TargetRow.model_fields, "varchar") | {
        "target_value": "decimal(18,4)"
    }
    rows: list[TargetRow] = []
    if path.exists():
        rows = [TargetRow.model_validate(row) for _, row in csv_rows(path)]
    unknown = sorted({row.indicator_code for row in rows} - set(registry.indicators))
    if unknown:
        raise ValueError(f"{path}: targets of unknown indicators: {', '.join(unknown)}")
    for row in rows:
        Period(row.target_period)
    cells = [[getattr(row, name) for name in types] for row in rows]
    description = (
        "One row per indicator, area and period with a target that a document sets (目标任务)."
    )
    return Seed("seed_indicator_target", description, types, cells)
