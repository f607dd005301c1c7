"""Models that compute observations: one per mart, made from the registry by one macro.

One model per mart keeps a rebuild small: a corrected delivery rebuilds the observations of the marts
that it reaches, and only those.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from xiantong.contracts.odcs import ContractError
from xiantong.names import DatasetId
from xiantong.transform.indicators import Indicator, IndicatorRegistry, MartReading
from xiantong.transform.text import sql_text, yaml_text

FOLDER = Path("models") / "intermediate" / "indicators"


def indicator_files(
    registry: IndicatorRegistry, constants: Mapping[str, Any], models: Collection[str]
) -> dict[Path, str]:
    """The generated models of observations and their union.

    ``models`` are the names of all hand-written models. Raises ``ContractError`` where an indicator
    reads a mart or a constant that does not exist.
    """
    marts = sorted(mart for mart in registry.marts if registry.of_mart(mart))
    read = {registry.marts[mart].model(mart) for mart in marts}
    missing = sorted((read | set(marts)) - set(models))
    if missing:
        raise ContractError(f"indicators read marts that no model builds: {', '.join(missing)}")
    files: dict[Path, str] = {}
    for mart in marts:
        body = _observations(registry, mart, constants)
        files[FOLDER / f"{_model(mart)}.sql"] = sql_text(body, registry.file_of[mart])
    files[FOLDER / "int_indicator_value.sql"] = sql_text(_union(marts), "expectations/indicators/")
    files[FOLDER / "int_indicator_value.yml"] = yaml_text(
        _properties(marts), "expectations/indicators/"
    )
    return files


def _model(mart: str) -> str:
    return f"int_indicator_value__{mart}"


def _observations(registry: IndicatorRegistry, mart: str, constants: Mapping[str, Any]) -> str:
    reading = registry.marts[mart]
    indicators = registry.of_mart(mart)
    columns = sorted(_columns(reading, indicators))
    arguments = [
        f'    ref("{reading.model(mart)}"),',
        f"    reading={_literal(_reading(reading, indicators))},",
        f"    columns={_literal(columns)},",
        "    indicators=[",
        *(f"        {_literal(_entry(i, constants))}," for i in indicators),
        "    ],",
    ]
    if reading.delivered_by:
        staging = DatasetId.parse(reading.delivered_by).staging_model
        arguments.append(f'    deliveries=ref("{staging}"),')
    return "\n".join(["{{ indicator_values(", *arguments, ") }}", ""])


def _columns(reading: MartReading, indicators: list[Indicator]) -> set[str]:
    """Columns that have to be read from the mart beside codes, periods and validity."""
    columns = set().union(*(indicator.columns() for indicator in indicators))
    return (columns | reading.columns()) - set(reading.as_of_columns)


def _reading(reading: MartReading, indicators: list[Indicator]) -> dict[str, Any]:
    levels = {level for indicator in indicators for level in indicator.area_levels}
    exact = any(indicator.area_rollup == "exact" for indicator in indicators)
    entry = reading.model_dump(mode="json", exclude_none=True, exclude={"delivered_by"})
    return entry | {"area_code": exact or "township" in levels, "zone_code": "zone" in levels}


def _entry(indicator: Indicator, constants: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        "code", "frequency", "measure_basis", "window", "breakdown_columns", "area_levels",
        "area_rollup", "same_year_versions", "confidential_cells",
    )  # fmt: skip
    dumped = indicator.model_dump(mode="json")
    entry = {name: dumped[name] for name in kept}
    formula = _with_constants(indicator, indicator.formula, constants)
    if indicator.contributing:
        condition = _with_constants(indicator, indicator.contributing, constants)
        entry["contributing"] = condition
        if indicator.aggregation == "sum":
            # A sum over nothing is nought; only a sum over blanks is missing.
            formula = f"case when count(*) filter (where {condition}) = 0 then 0 else {formula} end"
    return entry | {"formula": formula}


def _with_constants(indicator: Indicator, text: str, constants: Mapping[str, Any]) -> str:
    unknown = sorted(indicator.constants() - set(constants))
    if unknown:
        raise ContractError(f"{indicator.code}: no constant {', '.join(unknown)}")
    return re.sub(r"\bconst\.(\w+)", lambda match: str(constants[match[1]]), text)


def _literal(value: Any) -> str:
    """A Jinja literal: JSON, which Jinja reads except for its null."""
    return json.dumps(value, ensure_ascii=False)


def _union(marts: list[str]) -> str:
    config = '{{ config(materialized="view") }}'
    return (
        config
        + "\n\n"
        + (_UNION.format(marts="\n".join(map(_listed, marts))) if marts else _NOTHING)
    )


def _listed(mart: str) -> str:
    return f'    "{mart}",'


# A doubled brace is one of Jinja's.
_UNION = """{{%- set marts = [
{marts}
] -%}}

{{% for mart in marts -%}}
select * from {{{{ ref("int_indicator_value__" ~ mart) }}}}
{{{{ "union all" if not loop.last }}}}
{{% endfor -%}}
"""
_NOTHING = "{{ no_indicator_values() }}\n"


def _properties(marts: list[str]) -> dict[str, Any]:
    grain = "One row per indicator, area, period and breakdown"
    models = [
        {"name": "int_indicator_value", "description": f"{grain}: the observations of all marts."}
    ]
    models += [
        {"name": _model(mart), "description": f"{grain}: the observations that {mart} yields."}
        for mart in marts
    ]
    return {"version": 2, "models": models}
