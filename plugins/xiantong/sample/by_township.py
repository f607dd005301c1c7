"""Datasets that the bureau collected at first and that every township hands in itself by now."""

from __future__ import annotations

from collections.abc import Callable

from xiantong.contracts.model import Reporter
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.sample.county import County
from xiantong.sample.department import ByReporter
from xiantong.sample.table import Row, Table

_Maker = Callable[[County, Period], Table]


def by_township(
    dataset: str, maker: _Maker, months: int, one_is_missing: bool = False
) -> ByReporter:
    """The rows of ``maker``, handed in by the townships in the last ``months`` months, each its
    own, and by the bureau before. What lies in no township stays with the bureau. A township
    without rows says 零报告 where the contract knows it, else it hands in nothing.

    ``one_is_missing``: the smallest township has not handed in the last month yet.
    """

    def reporters(county: County, period: Period) -> list[Reporter]:
        bureau = county.reporter(county.catalogue.contract(DatasetId.parse(dataset)))
        if period.end <= county.last.shift(-months).end:
            return [bureau]
        places = {_town(row) for row in county.once(maker, period).rows}
        offices = [r for r in county.township_offices if r.area_code[:9] in places]
        everywhere = places <= {r.area_code[:9] for r in offices}
        if one_is_missing and period.end == county.last.end:
            offices = [r for r in offices if r != county.smallest_office]
        return offices if everywhere else [bureau, *offices]

    def part(county: County, period: Period, reporter: Reporter) -> Table:
        if reporters(county, period) == [reporter]:
            return maker(county, period)
        return _part(county, county.once(maker, period), reporter)

    def nil(county: County, period: Period) -> list[Reporter]:
        contract = county.catalogue.contract(DatasetId.parse(dataset))
        if not contract.may_be_nil or period.end <= county.last.shift(-months).end:
            return []
        places = {_town(row) for row in county.once(maker, period).rows}
        offices = [r for r in county.township_offices if contract.is_owed_by(r)]
        silent = (
            [county.smallest_office] if one_is_missing and period.end == county.last.end else []
        )
        return [r for r in offices if r.area_code[:9] not in places and r not in silent]

    return ByReporter(reporters, part, nil)


def _town(row: Row) -> str:
    return str(row["area_code"])[:9]


def _part(county: County, whole: Table, reporter: Reporter) -> Table:
    """The rows of one township, or for the bureau those of none, with their explanations."""
    offices = {r.area_code[:9] for r in county.township_offices}
    own = {reporter.area_code[:9]} if reporter.kind == "township" else None
    numbers = [
        n
        for n, row in enumerate(whole.rows)
        if (_town(row) in own if own else _town(row) not in offices)
    ]
    remarks = {new: whole.remarks[n] for new, n in enumerate(numbers) if n in whole.remarks}
    return Table([dict(whole.rows[n]) for n in numbers], remarks)
