"""The staging model of a contract: SQL, source, column documentation and tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, LoadMode, Privacy
from xiantong.contracts.odcs import ContractError
from xiantong.transform.text import sql_text, yaml_text

LINEAGE = {
    "_submission_id": "报送批次编号：submission that the row came with",
    "_src_sheet": "来源工作表：sheet of the delivered workbook, null for other files",
    "_src_row": "来源行号：row as the reporter sees it",
    "_revision": "报送版次：1 = first delivery of the period, each correction adds one",
    "_reporter_code": "报送单位代码：unit that delivered",
    "_reporter_area_code": "报送单位区划代码：area of that unit",
    "_period": "报送期：period of the delivery",
    "_submitted_at": "报送时间：when the delivery arrived",
    "_accepted_at": "接收入库时间：when the submission was accepted",
}
COUNTY = "县级区划代码：county of the row, or of its reporter where the row names no area"
VALIDITY = {
    "valid_from": "版本生效日期：first day of the period that this version was delivered for",
    "valid_to": "版本失效日期：first day of the next version, null = still valid",
    "is_current": "是否当前版本：true for the latest version",
}
_MODE = {
    LoadMode.SNAPSHOT: "the latest revision of each reporter and period counts",
    LoadMode.UPSERT: "a version is valid from valid_from until before valid_to",
    LoadMode.APPEND: "a fact is accepted once and never changes",
}


def staging_files(contract: Contract, catalogue: Catalogue) -> dict[Path, str]:
    """The two generated files of one contract, by path inside the dbt project."""
    source = f"expectations/{contract.id.contract_path}"
    folder = Path("models") / "staging" / contract.id.department
    name = contract.id.staging_model
    return {
        folder / f"{name}.sql": sql_text(_sql(contract), source),
        folder / f"{name}.yml": yaml_text(_properties(contract, catalogue), source),
    }


def _sql(contract: Contract) -> str:
    mode = contract.load_mode
    columns = ",\n".join(f'        "{column.name}"' for column in contract.columns)
    key = ", ".join(f'"{column.name}"' for column in contract.key)
    arguments = (
        f'    source("raw", "{contract.id.raw_table}"),\n    columns=[\n{columns},\n    ],\n'
    )
    if mode is not LoadMode.APPEND:
        arguments += f"    key=[{key}],\n"
    return f"{{{{ staging_{mode}(\n{arguments}) }}}}\n"


def grain(contract: Contract) -> list[str]:
    """Columns that identify one row of the staging model; local numbers repeat between counties."""
    key = [column.name for column in contract.key]
    if not contract.has_national_facts:
        key = ["county_code", *key]
    match contract.load_mode:
        case LoadMode.SNAPSHOT:
            return key if "period" in key else [*key, "_period"]
        case LoadMode.UPSERT:
            return [*key, "valid_from"]
        case _:
            return key


def _properties(contract: Contract, catalogue: Catalogue) -> dict[str, Any]:
    table = {
        "name": contract.id.raw_table,
        "description": f"{contract.title_zh} ({contract.title_en}): every accepted row of every revision.",
    }
    model = {
        "name": contract.id.staging_model,
        "description": (
            f"{_grain_sentence(contract)}; {_MODE[contract.load_mode]}. "
            f"{contract.title_zh} ({contract.title_en}), {contract.form_no}, {contract.frequency}."
        ),
        "columns": [
            {"name": name, "description": text}
            for name, text in documented(contract, catalogue).items()
        ],
        "data_tests": _tests(contract, catalogue),
    }
    return {
        "version": 2,
        "sources": [{"name": "raw", "schema": "raw", "tables": [table]}],
        "models": [model],
    }


def _grain_sentence(contract: Contract) -> str:
    return contract.grain[0].upper() + contract.grain[1:]


def documented(contract: Contract, catalogue: Catalogue) -> dict[str, str]:
    """Every column of the staging model with its bilingual description."""
    described = {column.name: describe(column, catalogue) for column in contract.columns}
    validity = VALIDITY if contract.load_mode is LoadMode.UPSERT else {}
    return {**described, "county_code": COUNTY, **validity, **LINEAGE}


def describe(column: Column, catalogue: Catalogue) -> str:
    """``中文表头：English description (unit, codes, privacy)`` on one line."""
    notes = []
    if column.unit:
        notes.append(f"单位 {column.unit}")
    if column.code_list:
        code_list = catalogue.codes.get(column.code_list)
        if code_list is None:
            raise ContractError(f"column {column.name}: no code list codes/{column.code_list}.yaml")
        notes.append(f"代码表 {column.code_list} {code_list.title_zh}")
    if column.privacy is not Privacy.NONE:
        stored = "敏感信息，仅存散列值" if column.is_hashed else "敏感信息，不公开"
        notes.append({"personal": "个人信息", "sensitive": stored}[column.privacy])
    english = column.description or column.name.replace("_", " ")
    return f"{column.header_zh}：{english}" + (f"（{'；'.join(notes)}）" if notes else "")


def _tests(contract: Contract, catalogue: Catalogue) -> list[dict[str, Any]]:
    """What every accepted row keeps fails the build; codes and references may go after it was accepted,
    which is only told."""
    promised = {
        "grain": grain(contract),
        "filled": [c.name for c in contract.columns if c.required],
    }
    known = {"codes": _codes(contract), "refers": _references(contract, catalogue)}
    tests: list[dict[str, Any]] = [{"promises": {"arguments": _given(promised)}}]
    if any(known.values()):
        tests.append({"known": {"arguments": _given(known), "config": {"severity": "warn"}}})
    return tests


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value}


def _codes(contract: Contract) -> dict[str, str]:
    return {c.name: c.code_list for c in contract.columns if c.code_list and not c.is_hashed}


def _references(contract: Contract, catalogue: Catalogue) -> list[dict[str, str | None]]:
    return [
        {"column": column.name, "to": target, "field": column.ref_column}
        for column in contract.columns
        if (target := _reference(column, catalogue))
    ]


def _reference(column: Column, catalogue: Catalogue) -> str | None:
    """Relation that a column's values should be found in; None where it has no contract (yet).

    A register or a list of facts never loses a key: its raw rows answer without working out the
    versions of every row once more for each of the many columns that refer to it.
    """
    if column.ref == "_areas.area_code":
        return "ref('seed_area')"
    if column.ref == "_areas.zone_code":
        return "ref('seed_zone')"
    dataset = column.ref_dataset
    if dataset is None or dataset not in catalogue.contracts:
        return None
    if catalogue.contracts[dataset].load_mode is LoadMode.SNAPSHOT:
        return f"ref('{dataset.staging_model}')"
    return f"source('raw', '{dataset.raw_table}')"
