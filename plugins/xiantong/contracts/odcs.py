"""The Open Data Contract Standard v3.1.0 form of a contract.

Only the part of the standard that Xiantong uses is allowed, and an unknown key is an error, so that
a typo cannot silently drop a rule. What the standard has no word for stands in its
``customProperties``. A property that names a shared ``field`` inherits what it does not say itself
from ``expectations/_fields.yml``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from xiantong.contracts.model import (
    Acceptance,
    Column,
    Contract,
    Delivery,
    Due,
    Kind,
    Layout,
    LoadMode,
    Privacy,
    Reach,
    Rule,
    Severity,
    Strict,
    TownshipKind,
)
from xiantong.names import DatasetId
from xiantong.periods import Frequency

# libyaml where the wheel has it: ten times as fast.
FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContractError(ValueError):
    """A contract cannot be read. The message names the file and the place."""


class _Custom(Strict):
    property: str
    value: Any


class _Implementation(Strict):
    type: str
    kwargs: dict[str, Any] = Field(default_factory=dict)


class _Quality(Strict):
    name: str
    description: str
    type: Literal["custom"]
    engine: Literal["greatExpectations"]
    severity: Severity
    dimension: str | None = None
    implementation: _Implementation
    customProperties: tuple[_Custom, ...] = ()


class _Property(Strict):
    name: str
    businessName: str | None = None
    logicalType: str | None = None
    physicalType: str | None = None
    description: str | None = None
    required: bool = False
    primaryKey: bool = False
    primaryKeyPosition: int | None = None
    classification: Privacy | None = None
    customProperties: tuple[_Custom, ...] = ()


class _Schema(Strict):
    name: str
    logicalType: Literal["object"] = "object"
    physicalName: str
    businessName: str
    description: str
    dataGranularityDescription: str
    properties: tuple[_Property, ...]
    quality: tuple[_Quality, ...] = ()


class _Sla(Strict):
    property: str
    value: Any
    description: str | None = None


class _Description(Strict):
    purpose: str


class _TeamMember(Strict):
    username: str
    role: str | None = None


class _Team(Strict):
    name: str
    members: tuple[_TeamMember, ...] = ()


class _Document(Strict):
    apiVersion: Literal["v3.1.0"]
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: str
    domain: str
    description: _Description
    schema_: tuple[_Schema, ...] = Field(alias="schema", min_length=1, max_length=1)
    slaProperties: tuple[_Sla, ...]
    team: _Team
    customProperties: tuple[_Custom, ...]


class _ContractProperties(Strict):
    """The contract's own ``customProperties``, with their names as keys."""

    tier: int = 3
    reporter: str
    reporterKind: str
    notOwedBy: tuple[TownshipKind, ...] = ()
    delivery: Delivery
    loadMode: LoadMode
    formNo: str
    due: Due
    checkRowCount: bool = False
    acceptance: Acceptance = Acceptance()
    layouts: tuple[Layout, ...] = (Layout(),)


class _ColumnProperties(Strict):
    aliases: tuple[str, ...] = ()
    unit: str | None = None
    codeList: str | None = None
    references: str | None = None
    softReference: bool = False
    reach: Reach = Reach.COUNTY
    signed: bool = False
    storedClear: bool = False
    source: Literal["table", "envelope"] = "table"
    field: str | None = None


class _RuleProperties(Strict):
    scope: Literal["row", "table", "cross_period", "cross_dataset"] = "row"
    columns: tuple[str, ...]
    fix: str = ""
    needs: tuple[str, ...] = ()


class SharedField(Strict):
    """A column that many datasets have, defined once in ``_fields.yml``."""

    businessName: str
    physicalType: str
    description: str = ""
    classification: Privacy = Privacy.NONE
    aliases: tuple[str, ...] = ()
    unit: str | None = None
    codeList: str | None = None
    references: str | None = None
    softReference: bool = False
    source: Literal["table", "envelope"] = "table"


class SharedFields(Strict):
    fields: dict[str, SharedField]

    @model_validator(mode="before")
    @classmethod
    def _wrap(cls, data: Any) -> Any:
        return data if set(data) == {"fields"} else {"fields": data}


_INHERITED = ("aliases", "unit", "codeList", "references", "softReference", "source")
_TYPE = re.compile(r"(?P<kind>[a-z]+)(?:\((?P<first>\d+)(?:,\s*(?P<second>\d+))?\))?")
LOGICAL_TYPES = {
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "number",
    Kind.DATE: "date",
    Kind.BOOLEAN: "boolean",
    Kind.YEAR: "integer",
    Kind.TIMESTAMP: "timestamp",
}


def read_contract(path: Path, fields: dict[str, SharedField]) -> Contract:
    """Read one contract file. The folder and file name must agree with its id.

    Raises ``ContractError`` with the file name and the offending place.
    """
    return parse_contract(path, path.read_text(encoding="utf-8"), fields)


def parse_contract(path: Path, text: str, fields: dict[str, SharedField]) -> Contract:
    """The contract that the file ``path`` with this text holds; raises like ``read_contract``."""
    try:
        document = _Document.model_validate(yaml.load(text, Loader=FAST_LOADER))
        contract = _to_contract(document, fields)
    except yaml.YAMLError as error:
        raise ContractError(f"{path}: not valid YAML: {error}") from error
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()[:5]
        )
        raise ContractError(f"{path}: {places}") from error
    except ValueError as error:
        raise ContractError(f"{path}: {error}") from error
    expected = contract.id.contract_path
    if Path(*path.parts[-2:]) != expected:
        raise ContractError(f"{path}: contract {contract.id} belongs into {expected}")
    return contract


def _to_contract(document: _Document, fields: dict[str, SharedField]) -> Contract:
    schema = document.schema_[0]
    dataset_id = DatasetId.parse(document.id)
    own = _ContractProperties.model_validate(_as_dict(document.customProperties))
    sla = {entry.property: entry for entry in document.slaProperties}
    if schema.name != dataset_id.raw_table:
        raise ValueError(f"schema is named {schema.name}, expected {dataset_id.raw_table}")
    columns = tuple(_to_column(prop, fields) for prop in schema.properties)
    return Contract(
        id=dataset_id,
        version=document.version,
        title_zh=schema.businessName,
        title_en=schema.description,
        grain=schema.dataGranularityDescription,
        tier=own.tier,
        reporter=own.reporter,
        reporter_kind=own.reporterKind,
        not_owed_by=own.notOwedBy,
        delivery=own.delivery,
        frequency=Frequency(sla["frequency"].value),
        due=own.due,
        due_text=str(sla["due"].value),
        load_mode=own.loadMode,
        form_no=own.formNo,
        acceptance=own.acceptance,
        layouts=own.layouts,
        check_row_count=own.checkRowCount,
        columns=columns,
        own_rules=tuple(_to_rule(quality, {c.name for c in columns}) for quality in schema.quality),
    )


def _as_dict(properties: tuple[_Custom, ...]) -> dict[str, Any]:
    return {entry.property: entry.value for entry in properties}


def _to_column(prop: _Property, fields: dict[str, SharedField]) -> Column:
    custom = _as_dict(prop.customProperties)
    shared_name = custom.get("field")
    if shared_name is not None:
        if shared_name not in fields:
            raise ValueError(f"column {prop.name}: no shared field {shared_name!r} in _fields.yml")
        shared = fields[shared_name]
        inherited = {key: getattr(shared, key) for key in _INHERITED}
        custom = inherited | custom
        prop = prop.model_copy(
            update={
                key: getattr(shared, key)
                for key in ("businessName", "physicalType", "description", "classification")
                if getattr(prop, key) is None
            }
        )
    own = _ColumnProperties.model_validate(custom)
    if prop.businessName is None or prop.physicalType is None:
        raise ValueError(f"column {prop.name}: businessName and physicalType are needed")
    kind, first, second = _split_type(prop.name, prop.physicalType)
    if own.storedClear and (kind, prop.classification) != (Kind.CODE, Privacy.SENSITIVE):
        raise ValueError(f"column {prop.name}: only a sensitive code is stored clear on request")
    if own.reach is Reach.NATIONAL and not prop.primaryKey:
        raise ValueError(
            f"column {prop.name}: how far a code reaches is said where it is defined, by a key column"
        )
    return Column(
        name=prop.name,
        header_zh=prop.businessName,
        aliases=own.aliases,
        kind=kind,
        length=first if kind is Kind.STRING else None,
        precision=first if kind is Kind.DECIMAL else None,
        scale=second if kind is Kind.DECIMAL else None,
        unit=own.unit,
        required=prop.required,
        key=prop.primaryKey,
        privacy=prop.classification or Privacy.NONE,
        source=own.source,
        code_list=own.codeList,
        ref=own.references,
        soft_ref=own.softReference,
        reach=own.reach,
        signed=own.signed,
        is_clear=own.storedClear,
        description=prop.description or "",
    )


def _split_type(column: str, text: str) -> tuple[Kind, int | None, int | None]:
    match = _TYPE.fullmatch(text)
    if not match or match["kind"] not in set(Kind):
        raise ValueError(f"column {column}: unknown physicalType {text!r}")
    first, second = (int(match[g]) if match[g] else None for g in ("first", "second"))
    return Kind(match["kind"]), first, second


def _to_rule(quality: _Quality, columns: set[str]) -> Rule:
    own = _RuleProperties.model_validate(_as_dict(quality.customProperties))
    unknown = set(own.columns) - columns
    if unknown:
        raise ValueError(f"rule {quality.name}: unknown columns {sorted(unknown)}")
    return Rule(
        id=quality.name,
        scope=own.scope,
        severity=quality.severity,
        columns=own.columns,
        expectation=quality.implementation.type,
        kwargs=quality.implementation.kwargs,
        message_zh=quality.description,
        fix_zh=own.fix,
        needs=tuple(DatasetId.parse(text) for text in own.needs),
    )
