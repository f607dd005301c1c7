"""Each county is checked against its own data, though one warehouse holds many.

Local numbers repeat from county to county: project ``P-001`` of one is not that of the other. A key
holds within the county of the reporter, and so does a reference to it; registers that the prefecture
or the province keeps are there for all its counties. A code whose ``Reach`` is national names the same
thing wherever it was listed: a firm that is registered in the next county is known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xiantong.checking.history import names_view, sql_of
from xiantong.checking.lake import AcceptedFile, AcceptedLake, EmptyLake
from xiantong.contracts.model import Contract, LoadMode, Rule
from xiantong.counties import county_of, lie_in_line, share_county
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery

Pending = Mapping[DatasetId, Sequence[ParsedDelivery]]


@dataclass(frozen=True)
class Sight:
    """What a reporter of ``contract`` with ``area_code`` may be compared with: earlier rows of the
    dataset itself from its county, rows of other datasets also from what lies above it.

    ``lake`` holds what was accepted, ``pending`` deliveries of the same round that are settled later.
    Without an area everything is seen.
    """

    contract: Contract
    lake: AcceptedLake = field(default_factory=EmptyLake)
    waiting: Pending = field(default_factory=dict)
    area_code: str | None = None

    def earlier(self) -> list[AcceptedFile]:
        """Accepted files of the dataset itself."""
        files = self.lake.accepted(self.contract.id)
        if self.contract.has_national_facts:
            return files
        return [f for f in files if share_county(self.area_code, f.reporter_area_code)]

    def accepted(self, dataset: DatasetId) -> list[AcceptedFile]:
        files = self.lake.accepted(dataset)
        return [f for f in files if lie_in_line(self.area_code, f.reporter_area_code)]

    def pending(self, dataset: DatasetId) -> list[ParsedDelivery]:
        return [
            delivery
            for delivery in self.waiting.get(dataset, ())
            if lie_in_line(self.area_code, delivery.envelope.reporter_area_code)
        ]

    @property
    def everywhere(self) -> Sight:
        """The same without borders, for codes that are national."""
        return replace(self, area_code=None)


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
