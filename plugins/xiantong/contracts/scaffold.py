"""The first files of a new dataset: a contract that passes the checks, and a mart to start from.

Nothing that exists is touched, and nothing is written before the contract was read back.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from xiantong.contracts.model import Contract, Delivery, LoadMode, Privacy
from xiantong.contracts.odcs import LOGICAL_TYPES, ContractError, SharedFields, read_contract
from xiantong.names import DatasetId
from xiantong.periods import Frequency

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SETTINGS = {"unit": "unit", "code": "codeList", "ref": "references"}
_FLAGS = {"key", "required", "signed", "personal", "sensitive"}
_DUE_ZH = {
    Frequency.MONTHLY: "month",
    Frequency.EVENT: "month",
    Frequency.QUARTERLY: "quarter",
    Frequency.SEMESTER: "semester",
    Frequency.ANNUAL: "year",
}


class ScaffoldError(ValueError):
    """The dataset cannot be started as described; the message says what to change."""


@dataclass(frozen=True, slots=True)
class NewColumn:
    """One column as typed on the command line. Without ``header_zh`` it is a shared field."""

    name: str
    header_zh: str = ""
    type: str = ""
    flags: frozenset[str] = frozenset()
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NewDataset:
    """What has to be said to start a dataset. ``due_days``: working days after the period's end."""

    id: DatasetId
    title_zh: str
    title_en: str
    columns: tuple[NewColumn, ...]
    frequency: Frequency = Frequency.MONTHLY
    load_mode: LoadMode = LoadMode.SNAPSHOT
    delivery: Delivery = Delivery.XLSX
    due_days: int = 10
    form_no: str = ""


def parse_column(text: str) -> NewColumn:
    """Read ``school_code:学校标识码:string(10):key``; raises ``ScaffoldError``.

    ``name:header:type`` is followed by ``key``, ``required``, ``signed``, ``personal``,
    ``sensitive``, ``unit=…``, ``code=<list>`` or ``ref=<dataset>.<column>``. A name alone, or
    followed by such words only, means the shared field of that name.
    """
    name, *parts = text.split(":")
    words = [part for part in parts if part]
    is_shared = not words or words[0] in _FLAGS or "=" in words[0]
    described = [] if is_shared else words[:2]
    rest = words if is_shared else words[2:]
    if not _NAME.fullmatch(name):
        raise ScaffoldError(f"{text!r}: a column name is lower case letters, digits and _")
    if not is_shared and len(described) < 2:
        raise ScaffoldError(f"{text!r}: write name:header:type, such as book_cnt:藏书量:integer")
    flags = {word for word in rest if "=" not in word}
    pairs = (word.partition("=") for word in rest if "=" in word)
    settings = tuple((key, value) for key, _, value in pairs)
    unknown = [*(flags - _FLAGS), *(key for key, _ in settings if key not in _SETTINGS)]
    if unknown:
        allowed = ", ".join([*sorted(_FLAGS), *(f"{key}=…" for key in _SETTINGS)])
        raise ScaffoldError(f"{text!r}: {unknown[0]!r} is unknown; there are: {allowed}")
    header, kind = described or ("", "")
    return NewColumn(name, header, kind, frozenset(flags), settings)


def write_scaffold(dataset: NewDataset, expectations: Path, dbt_project: Path | None) -> list[Path]:
    """Write the contract and, with ``dbt_project``, a starter mart; returns the new files.

    Raises ``ScaffoldError`` where a file exists already or the description does not make a contract.
    """
    path = expectations / dataset.id.contract_path
    text = _to_yaml(_document(dataset, expectations))
    contract = _read_back(dataset.id, text, expectations)
    files = {path: text}
    if dbt_project is not None:
        mart = (
            dbt_project
            / "models"
            / "marts"
            / dataset.id.department
            / f"fct_{dataset.id.dataset}.sql"
        )
        files |= {
            mart: _mart_sql(contract),
            mart.with_suffix(".yml"): _mart_yaml(contract, mart.stem),
        }
    taken = [existing for existing in files if existing.exists()]
    if dbt_project is not None:
        taken += (dbt_project / "models").rglob(f"fct_{dataset.id.dataset}.sql")
    if taken:
        raise ScaffoldError(f"{taken[0]} exists already; nothing was written")
    for target, content in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="\n")
    return list(files)


def _document(dataset: NewDataset, expectations: Path) -> dict[str, Any]:
    columns = dataset.columns
    if not any("key" in column.flags for column in columns):
        raise ScaffoldError("no column is a key; add :key to what tells two rows apart")
    is_snapshot = dataset.load_mode is LoadMode.SNAPSHOT
    period = NewColumn("period", flags=frozenset({"key"} if is_snapshot else {"required"}))
    if all(column.name != "period" for column in columns):
        columns = (period, *columns)
    keys = [column.name for column in columns if "key" in column.flags]
    neighbour = _neighbour(dataset.id, expectations)
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": str(dataset.id),
        "name": dataset.title_zh,
        "version": "0.1.0",
        "status": "draft",
        "domain": dataset.id.department,
        "description": {"purpose": dataset.title_en},
        "schema": [
            {
                "name": dataset.id.raw_table,
                "logicalType": "object",
                "physicalName": f"raw.{dataset.id.raw_table}",
                "businessName": dataset.title_zh,
                "description": dataset.title_en,
                "dataGranularityDescription": f"one row per {', '.join(keys)}",
                "properties": [_property(column, keys) for column in columns],
            }
        ],
        "slaProperties": [
            {"property": "frequency", "value": str(dataset.frequency)},
            {
                "property": "due",
                "value": f"{dataset.due_days} working days after {_DUE_ZH[dataset.frequency]} end",
            },
        ],
        "team": {"name": neighbour.get("team", {}).get("name", dataset.id.department)},
        "customProperties": [
            {"property": "tier", "value": 3},
            {"property": "reporter", "value": f"{dataset.id.department} bureau"},
            {"property": "reporterKind", "value": "bureau"},
            {"property": "delivery", "value": str(dataset.delivery)},
            {"property": "loadMode", "value": str(dataset.load_mode)},
            {"property": "formNo", "value": dataset.form_no or f"{dataset.title_zh}表"},
            {
                "property": "due",
                "value": {"count": dataset.due_days, "unit": "working_day", "anchor": "period_end"},
            },
            {"property": "checkRowCount", "value": is_snapshot},
        ],
    }


def _neighbour(dataset: DatasetId, expectations: Path) -> dict[str, Any]:
    """Another contract of the department, for what they have in common."""
    for path in sorted((expectations / dataset.department).glob("*.odcs.yaml")):
        loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return loaded
    return {}


def _property(column: NewColumn, keys: list[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": column.name}
    custom: list[dict[str, Any]] = [
        {"property": _SETTINGS[key], "value": value} for key, value in column.settings
    ]
    if column.header_zh:
        kind = column.type.partition("(")[0]
        entry["businessName"] = column.header_zh
        entry["logicalType"] = {str(k): v for k, v in LOGICAL_TYPES.items()}.get(kind, "string")
        entry["physicalType"] = column.type
        entry["description"] = column.name.replace("_", " ")
        entry["classification"] = next(
            (str(p) for p in Privacy if p in column.flags), str(Privacy.NONE)
        )
    else:
        custom.append({"property": "field", "value": column.name})
    if "signed" in column.flags:
        custom.append({"property": "signed", "value": True})
    if column.flags & {"required", "key"}:
        entry["required"] = True
    if "key" in column.flags:
        entry |= {"primaryKey": True, "primaryKeyPosition": keys.index(column.name) + 1}
    if custom:
        entry["customProperties"] = custom
    return entry


def _read_back(dataset: DatasetId, text: str, expectations: Path) -> Contract:
    fields_path = expectations / "_fields.yml"
    loaded = yaml.safe_load(fields_path.read_text(encoding="utf-8")) if fields_path.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / dataset.contract_path
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        try:
            return read_contract(path, SharedFields.model_validate({"fields": loaded or {}}).fields)
        except ContractError as error:
            raise ScaffoldError(str(error).removeprefix(f"{path}: ")) from error


def _to_yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)


def _public_columns(contract: Contract) -> list[str]:
    """Columns for a mart, the key first. Personal ones never go there, keys neither."""
    columns = sorted(contract.columns, key=lambda column: not column.key)
    return [column.name for column in columns if column.privacy is Privacy.NONE]


def _mart_sql(contract: Contract) -> str:
    selected = "".join(f"    {name},\n" for name in _public_columns(contract))
    current = "    where is_current\n" if contract.load_mode is LoadMode.UPSERT else ""
    return f"""with delivered as (
    select * from {{{{ ref("{contract.id.staging_model}") }}}}
{current})

select
{selected}
    county_code,
    _revision,
    {{{{ lineage_columns() }}}}
from delivered
"""


def _mart_yaml(contract: Contract, name: str) -> str:
    columns = [
        {
            "name": name,
            "description": f"{column.header_zh}{f'（{column.unit}）' if column.unit else ''}",
        }
        for name in _public_columns(contract)
        for column in [contract.by_name[name]]
    ]
    model = {
        "name": name,
        "description": f"{contract.grain[:1].upper()}{contract.grain[1:]}. {contract.title_zh}.",
        "columns": columns,
    }
    return _to_yaml({"version": 2, "models": [model]})
