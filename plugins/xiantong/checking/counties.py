"""Each county is checked against its own data, though one warehouse holds many.

Local numbers repeat from county to county: project ``P-001`` of one is not that of the other. A key
holds within the county of the reporter, and so does a reference to it; registers that the prefecture
or the province keeps are there for all its counties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xiantong.checking.history import names_view, sql_of
from xiantong.checking.lake import AcceptedFile, AcceptedLake
from xiantong.contracts.model import Contract, LoadMode, Rule
from xiantong.counties import county_of, lie_in_line, share_county
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery

Pending = Mapping[DatasetId, Sequence[ParsedDelivery]]


@dataclass(frozen=True)
class CountyLake:
    """The lake as a reporter with ``area_code`` may be compared with it: of the dataset ``own`` what
    its county delivered, of the others also what lies above it."""

    lake: AcceptedLake
    own: DatasetId
    area_code: str | None

    def accepted(self, dataset: DatasetId) -> list[AcceptedFile]:
        concerns = share_county if dataset == self.own else lie_in_line
        files = self.lake.accepted(dataset)
        return [file for file in files if concerns(self.area_code, file.reporter_area_code)]


def pending_in_sight(pending: Pending, area_code: str | None) -> Pending:
    """Of the deliveries that are settled later those that ``CountyLake`` will let through then."""
    return {
        dataset: [d for d in deliveries if lie_in_line(area_code, d.envelope.reporter_area_code)]
        for dataset, deliveries in pending.items()
    }


def by_county(
    contract: Contract, rules: Sequence[Rule], deliveries: Sequence[ParsedDelivery]
) -> list[list[ParsedDelivery]]:
    """Deliveries that may be checked in one go: all of them, unless a rule reads what more than one
    reporter delivered."""
    if not _reads_others(contract, rules):
        return [list(deliveries)]
    groups: dict[str, list[ParsedDelivery]] = {}
    for delivery in deliveries:
        groups.setdefault(county_of(delivery.envelope.reporter_area_code), []).append(delivery)
    return list(groups.values())


def _reads_others(contract: Contract, rules: Sequence[Rule]) -> bool:
    if any(rule.needs for rule in rules):
        return True
    # The earlier periods of a snapshot are those of the reporter itself.
    own = ("accepted", "p", "py") if contract.load_mode is LoadMode.UPSERT else ("accepted",)
    return names_view(sql_of(rules), *own)
