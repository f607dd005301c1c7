"""What the pages show, put together from contracts, models and indicators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import CodeList, Column, Contract, Rule
from xiantong.dictionary.lineage import ColumnRef, Lineage, used_by
from xiantong.dictionary.models import Model
from xiantong.transform.indicators import Indicator, IndicatorRegistry

_CORE = "core"


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """A delivered column with the mart columns and the indicators that it ends up in."""

    column: Column
    marts: tuple[ColumnRef, ...]
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    contract: Contract
    columns: tuple[ColumnEntry, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class MartColumnEntry:
    """A column of a mart with the delivered columns behind it."""

    name: str
    description: str
    origins: tuple[ColumnRef, ...]


@dataclass(frozen=True, slots=True)
class MartEntry:
    model: Model
    columns: tuple[MartColumnEntry, ...]
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class IndicatorEntry:
    """An indicator with the delivered columns that its formula reads."""

    indicator: Indicator
    origins: tuple[ColumnRef, ...]


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """One subject: a department with its datasets, marts and indicators."""

    name: str
    name_zh: str
    datasets: tuple[DatasetEntry, ...]
    marts: tuple[MartEntry, ...]
    indicators: tuple[IndicatorEntry, ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    subjects: tuple[SubjectPage, ...]
    code_lists: tuple[CodeList, ...]
    seeds: tuple[Model, ...]


def put_together(
    catalogue: Catalogue,
    registry: IndicatorRegistry,
    models: Mapping[str, Model],
    seeds: Iterable[Model],
    traced: Lineage,
) -> Dictionary:
    """Everything that is known, by subject. ``traced`` as ``delivered_columns`` gives it."""
    traced = _delivered_only(catalogue, traced)
    readers: defaultdict[ColumnRef, list[str]] = defaultdict(list)
    origins: dict[str, tuple[ColumnRef, ...]] = {}
    for indicator in registry.indicators.values():
        refs = [ColumnRef(indicator.mart, name) for name in sorted(indicator.columns())]
        origins[indicator.code] = _all_origins(refs, traced)
        for ref in refs:
            readers[ref].append(indicator.code)
    later = used_by(traced)
    departments = dict(registry.names_zh)
    for contract in catalogue.contracts.values():
        departments.setdefault(contract.id.department, contract.id.department)
    pages = [
        SubjectPage(
            name=name,
            name_zh=name_zh,
            datasets=tuple(
                _dataset(contract, catalogue, later, readers)
                for contract in catalogue.contracts.values()
                if contract.id.department == name
            ),
            marts=tuple(
                _mart(model, traced, registry)
                for model in models.values()
                if model.folder[:2] == ("marts", name)
            ),
            indicators=tuple(
                IndicatorEntry(indicator, origins[indicator.code])
                for indicator in registry.indicators.values()
                if registry.subject_of[indicator.code] == name
            ),
        )
        for name, name_zh in sorted(departments.items(), key=lambda d: (d[0] == _CORE, d[0]))
    ]
    return Dictionary(tuple(pages), tuple(catalogue.codes.values()), tuple(seeds))


def _delivered_only(catalogue: Catalogue, traced: Lineage) -> Lineage:
    """Without what staging adds by itself, such as the county of a row."""
    delivered = {
        ColumnRef(contract.id.staging_model, column.name)
        for contract in catalogue.contracts.values()
        for column in contract.columns
    }
    return {ref: origins & delivered for ref, origins in traced.items()}


def _dataset(
    contract: Contract,
    catalogue: Catalogue,
    later: Mapping[ColumnRef, list[ColumnRef]],
    readers: Mapping[ColumnRef, list[str]],
) -> DatasetEntry:
    entries = []
    for column in contract.columns:
        refs = later.get(ColumnRef(contract.id.staging_model, column.name), [])
        codes = {code for ref in refs for code in readers.get(ref, ())}
        marts = tuple(ref for ref in refs if not ref.model.startswith("int_"))
        entries.append(ColumnEntry(column, marts, tuple(sorted(codes))))
    return DatasetEntry(contract, tuple(entries), catalogue.rules(contract))


def _mart(model: Model, traced: Lineage, registry: IndicatorRegistry) -> MartEntry:
    columns = tuple(
        MartColumnEntry(
            name, description, tuple(sorted(traced.get(ColumnRef(model.name, name), ())))
        )
        for name, description in model.columns.items()
    )
    return MartEntry(model, columns, tuple(registry.of_mart(model.name)))


def _all_origins(refs: Iterable[ColumnRef], traced: Lineage) -> tuple[ColumnRef, ...]:
    return tuple(sorted({origin for ref in refs for origin in traced.get(ref, ())}))
