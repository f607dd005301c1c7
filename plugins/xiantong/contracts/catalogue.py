"""All contracts, code lists, areas and reporters of a deployment, found by their location."""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from xiantong.contracts.derived import derived_rules
from xiantong.contracts.model import (
    Area,
    AreaChange,
    Code,
    CodeList,
    Contract,
    Reach,
    Reporter,
    Rule,
    Zone,
)
from xiantong.contracts.odcs import (
    FAST_LOADER,
    ContractError,
    SharedField,
    SharedFields,
    parse_contract,
)
from xiantong.csv_rows import csv_rows
from xiantong.names import DatasetId


class Catalogue:
    """What the folder ``expectations/`` holds. Files are read on first use; a process that makes
    several catalogues, as every task does, parses the same text once.

    ``<department>/<dataset>.odcs.yaml`` contracts, ``_fields.yml`` shared fields,
    ``codes/<list>.yaml`` code lists, ``codes/_constants.yaml`` thresholds, ``areas.csv``,
    ``area_changes.csv``, ``zones.csv``, ``reporters.csv``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            raise ContractError(f"{folder} is not a folder with contracts")

    @cached_property
    def contracts(self) -> dict[DatasetId, Contract]:
        fields_path = self.folder / "_fields.yml"
        shared = _text(fields_path) if fields_path.exists() else None
        contracts = [
            _contract(path, _text(path), shared)
            for path in sorted(self.folder.glob("*/*.odcs.yaml"))
        ]
        return {contract.id: contract for contract in contracts}

    def contract(self, dataset: DatasetId | str) -> Contract:
        """The contract of a dataset; ``KeyError`` with the near misses when there is none."""
        dataset_id = DatasetId.parse(dataset) if isinstance(dataset, str) else dataset
        try:
            return self.contracts[dataset_id]
        except KeyError:
            near = [str(i) for i in self.contracts if i.department == dataset_id.department]
            known = ", ".join(near or sorted({i.department for i in self.contracts}))
            raise KeyError(f"no contract for {dataset_id}; there are: {known}") from None

    def rules(self, contract: Contract) -> tuple[Rule, ...]:
        """Derived rules first, then the contract's own."""
        return (*derived_rules(contract, self.codes, self.national_codes), *contract.own_rules)

    @cached_property
    def national_codes(self) -> frozenset[str]:
        """Columns, as references write them, that define codes which are the same in every county."""
        return frozenset(
            f"{contract.id}.{column.name}"
            for contract in self.contracts.values()
            for column in contract.key
            if column.reach is Reach.NATIONAL
        )

    @cached_property
    def codes(self) -> dict[str, CodeList]:
        return {
            path.stem: _code_list(path.stem, _text(path))
            for path in sorted((self.folder / "codes").glob("*.yaml"))
            if not path.stem.startswith("_")
        }

    @cached_property
    def constants(self) -> dict[str, Any]:
        path = self.folder / "codes" / "_constants.yaml"
        return (
            {name: entry["value"] for name, entry in _load(path).items()} if path.exists() else {}
        )

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        return tuple(Area.model_validate(row) for row in self._rows("areas.csv"))

    def areas_at(self, day: date) -> tuple[Area, ...]:
        """The areas in force on a day."""
        return tuple(area for area in self.areas if area.is_valid(day))

    @cached_property
    def area_changes(self) -> tuple[AreaChange, ...]:
        return tuple(AreaChange.model_validate(row) for row in self._rows("area_changes.csv"))

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        return tuple(Zone.model_validate(row) for row in self._rows("zones.csv"))

    @cached_property
    def reporters(self) -> tuple[Reporter, ...]:
        return tuple(Reporter.model_validate(row) for row in self._rows("reporters.csv"))

    @cached_property
    def reporter_by_code(self) -> dict[str, Reporter]:
        return {reporter.reporter_code: reporter for reporter in self.reporters}

    @cached_property
    def home_counties(self) -> frozenset[str]:
        """First six digits of the counties that report here: those whose townships do. Reporters of
        other counties are listed for comparison only."""
        return frozenset(r.area_code[:6] for r in self.reporters if r.kind == "township")

    @cached_property
    def home_reporters(self) -> tuple[Reporter, ...]:
        """Reporters of the counties that report here; all of them where no township is listed."""
        home = self.home_counties
        return tuple(r for r in self.reporters if not home or r.area_code[:6] in home)

    def bureaus(self, contract: Contract) -> list[Reporter]:
        """Bureaus of the department that owes a dataset, one per county that reports here."""
        return [r for r in self._of_department(contract) if r.kind == "bureau"]

    def owing(self, contract: Contract) -> list[Reporter]:
        """Who owes a dataset: the reporters that its contract names, or the bureaus where none is
        listed."""
        named = [r for r in self.home_reporters if contract.is_owed_by(r)]
        return named or self.bureaus(contract)

    def sole_reporter(self, contract: Contract) -> Reporter | None:
        """The reporter of a dataset that only one can have sent; None where several can."""
        able = {r.reporter_code: r for r in (*self.owing(contract), *self.bureaus(contract))}
        return next(iter(able.values())) if len(able) == 1 else None

    def _of_department(self, contract: Contract) -> list[Reporter]:
        own = (None, "", contract.id.department)
        return [r for r in self.home_reporters if r.department in own]

    def reporter_name(self, code: str | None) -> str | None:
        """The name of a reporter; None where nobody has this code."""
        reporter = self.reporter_by_code.get(code or "")
        return reporter.reporter_name if reporter else None

    @cached_property
    def indicator_codes(self) -> tuple[str, ...]:
        """Codes of all indicators in ``indicators/<subject>.yaml``."""
        paths = sorted((self.folder / "indicators").glob("*.yaml"))
        return tuple(entry["code"] for path in paths for entry in _load(path)["indicators"])

    def _rows(self, name: str) -> list[dict[str, str]]:
        path = self.folder / name
        if not path.exists():
            return []
        # A blank is the field's default, not its value.
        return [{key: value for key, value in row.items() if value} for _, row in csv_rows(path)]

    def references(self, contract: Contract) -> set[DatasetId]:
        """Datasets that the contract's rules look at and that have a contract themselves."""
        needed = {column.ref_dataset for column in contract.columns}
        needed |= {dataset for rule in contract.own_rules for dataset in rule.needs}
        return {d for d in needed if d is not None and d != contract.id and d in self.contracts}

    @cached_property
    def settling_order(self) -> list[DatasetId]:
        """Datasets in the order in which one round settles them: what others refer to comes first.

        A reference that would close a circle (a roster names its school, the school's form counts
        the roster) is left out of the order; the check then reads the deliveries of the same round.
        """
        graph = {d: self.references(c) for d, c in sorted(self.contracts.items())}
        while True:
            try:
                return list(TopologicalSorter(graph).static_order())
            except CycleError as error:
                circle: list[DatasetId] = error.args[1]
                waiting, awaited = min(
                    ((later, earlier) for earlier, later in pairwise(circle)),
                    key=lambda edge: (self._weight(*edge), edge),
                )
                graph[waiting] = graph[waiting] - {awaited}

    def _weight(self, waiting: DatasetId, awaited: DatasetId) -> int:
        """How badly ``waiting`` needs ``awaited`` first: rules that compare figures weigh more."""
        return sum(awaited in rule.needs for rule in self.contracts[waiting].own_rules)

    def early_references(self, contract: Contract) -> set[DatasetId]:
        """References settled after the contract in the same round (see ``settling_order``)."""
        position = {dataset: n for n, dataset in enumerate(self.settling_order)}
        return {d for d in self.references(contract) if position[d] > position[contract.id]}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _load(path: Path) -> dict[str, Any]:
    return _parse(_text(path))


def _parse(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(text, Loader=FAST_LOADER)
    return loaded


@lru_cache(maxsize=1024)
def _contract(path: Path, text: str, shared: str | None) -> Contract:
    return parse_contract(path, text, {} if shared is None else _fields(shared))


@lru_cache(maxsize=16)
def _fields(text: str) -> dict[str, SharedField]:
    return SharedFields.model_validate(_parse(text)).fields


@lru_cache(maxsize=256)
def _code_list(name: str, text: str) -> CodeList:
    data = _parse(text)
    known = {"code", "zh", "rank", "valid_from", "valid_to"}
    codes = [
        Code(
            **{k: v for k, v in entry.items() if k in known},
            extra={k: v for k, v in entry.items() if k not in known},
        )
        for entry in data["codes"]
    ]
    return CodeList(
        name=name,
        title_zh=data["title_zh"],
        note=data.get("note", ""),
        attributes=data.get("attributes", {}),
        codes=tuple(codes),
    )
