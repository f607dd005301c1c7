"""What the fictional county delivers of sports, Red Cross, veterans and civil affairs keeps the rules
of those who receive it, and fits the figures that reports quote."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.checking.conftest import Desk, Row
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Reporter
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import Period, period_range
from xiantong.sample.county import County
from xiantong.sample.departments import department
from xiantong.sample.sheet import to_text
from xiantong.sample.table import Row as SampleRow
from xiantong.sample.table import Table
from xiantong.settings import PROJECT_ROOT

DATASETS = [
    f"{name}.{dataset}"
    for name in ("civil_affairs", "red_cross", "sports", "veterans")
    for dataset in sorted(department(name).datasets)
]


@pytest.fixture(scope="module", params=[1, 11])
def county(request: pytest.FixtureRequest, catalogue: Catalogue) -> County:
    return County(catalogue, Period("2022-01"), Period("2023-12"), seed=request.param)


def periods(county: County, contract: Contract) -> list[Period]:
    first, last = (
        Period.of(day, contract.frequency) for day in (county.first.start, county.last.end)
    )
    return period_range(first, last)


def tables(county: County, contract: Contract) -> Iterator[tuple[Period, Reporter, Table]]:
    """Every delivery of a dataset in two years."""
    offered, name = department(contract.id.department), contract.id.dataset
    for period in periods(county, contract):
        if shared := offered.by_reporter.get(name):
            for reporter in shared.reporters(county, period):
                yield period, reporter, shared.maker(county, period, reporter)
        else:
            yield period, county.reporter(contract), offered.makers[name](county, period)


def rows_of(county: County, dataset: str, period: str) -> list[SampleRow]:
    contract = county.catalogue.contract(dataset)
    return [r for p, _, t in tables(county, contract) if p.label == period for r in t.rows]


def as_text(county: County, contract: Contract, table: Table) -> list[Row]:
    codes = county.catalogue.codes
    return [
        {
            **{
                c.name: to_text(c, row.get(c.name), codes, names=False, dates="%Y/%m/%d") or None
                for c in contract.columns
            },
            "_remark": table.remarks.get(number),
        }
        for number, row in enumerate(table.rows)
    ]


def test_all_twelve_datasets_are_there() -> None:
    assert len(DATASETS) == 12


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_delivery_keeps_its_rules_or_says_why_not(
    desk: Desk, county: County, dataset: str
) -> None:
    contract = desk.contract(dataset)
    deliveries: list[ParsedDelivery] = [
        desk.delivery(dataset, p.label, as_text(county, contract, table),
                      reporter=reporter.reporter_code, reporter_area=reporter.area_code)
        for p, reporter, table in tables(county, contract)
    ]  # fmt: skip
    checked = desk.check(*deliveries)
    assert len(checked) >= 2
    unexplained = [(str(c.envelope.period), f.rule_id, f.row) for c in checked for f in c.findings if not f.explanation]  # fmt: skip
    assert unexplained == []


def total(rows: list[SampleRow], name: str) -> Decimal:
    return sum((Decimal(str(row[name])) for row in rows if row[name] is not None), Decimal(0))


def test_targets_of_the_year_are_on_record() -> None:
    path = PROJECT_ROOT / "expectations/indicators/targets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        targets = {
            (row["indicator_code"], row["target_period"]): (float(row["target_value"]), row["comparator"])
            for row in csv.DictReader(file)
            if row["area_code"] == "980121000000"
        }  # fmt: skip
    assert targets["SPT_AREA_PER_CAPITA", "2025"] == (2.6, ">=")
    assert targets["VET_PLOT_BUILT_CNT", "2024-Q4"] == (1000, ">=")
    assert targets["VET_ESCALATED_CNT", "2024-12"] == (0, "<=")
    assert targets["RC_TRAIN_CNT", "2024-Q4"] == (10_000, ">=")


def test_grounds_grow_towards_their_target(county: County) -> None:
    """Less than 2.6 square metres a head in the year before the target year's plan."""
    first = rows_of(county, "sports.sport_venue", "2022")
    later = rows_of(county, "sports.sport_venue", "2023")
    people = sum(town.resident_population or 0 for town in county.townships)
    before = total(first, "ground_area_sqm") / people
    after = before + total([r for r in later if r["build_year"] == 2023], "ground_area_sqm") / people  # fmt: skip
    assert Decimal("2.2") < before < after < Decimal("2.6")


def test_cemetery_is_built_towards_a_thousand_pairs(county: County) -> None:
    dataset = "veterans.honour_facility"
    built = [
        total([r for r in rows_of(county, dataset, q) if r["facility_kind"] == "CEMETERY"], "built_cnt")
        for q in ("2022-Q1", "2022-Q4", "2023-Q4")
    ]  # fmt: skip
    assert built == sorted(built) and built[0] < built[-1] < 1000


def test_ten_thousand_people_are_to_be_trained(county: County) -> None:
    rows = [r for q in range(1, 5) for r in rows_of(county, "red_cross.training_class", f"2023-Q{q}")]  # fmt: skip
    assert {r["target_cnt"] for r in rows} == {10_000}
    assert 8_000 < total(rows, "attend_cnt") < 13_000


def test_people_are_told_apart(county: County) -> None:
    for dataset, period, column in (
        ("civil_affairs.child_protection", "2023-Q4", "child_id_no"),
        ("civil_affairs.elderly_service", "2023-12", "recipient_id_no"),
        ("veterans.beneficiary", "2023-12", "veteran_id_no"),
    ):
        rows = rows_of(county, dataset, period)
        repeated = Counter((r[column], r.get("service_kind")) for r in rows)
        assert len(rows) > 250
        assert max(repeated.values()) == 1


def test_units_that_are_named_stand_in_the_register(county: County) -> None:
    entities = county.catalogue.contract("market_regulation.market_entity")
    register = {
        r["uscc"] for p, _, t in tables(county, entities) if p == county.first for r in t.rows
    }
    named = [
        (contract.id, row[column.name])
        for dataset in DATASETS
        for contract in [county.catalogue.contract(DatasetId.parse(dataset))]
        for column in contract.columns
        if str(column.ref).startswith("market_regulation")
        for _, _, table in tables(county, contract)
        for row in table.rows
        if row[column.name]
    ]
    assert len(named) > 100
    assert [pair for pair in named if pair[1] not in register] == []
