"""Townships hand in their own forms, and together they say what the bureau would have said."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.delivered import DeliveryFile
from xiantong.names import DatasetId
from xiantong.parsing import parse_delivery
from xiantong.periods import Period, period_range
from xiantong.sample import write_sample
from xiantong.sample.county import County
from xiantong.sample.department import ByReporter
from xiantong.sample.departments import department, known_datasets
from xiantong.sample.table import Table

# By dataset: the last period that the bureau collects, and the first that the townships hand in.
HANDED_OVER = {
    "agri_rural.collective_company": ("2023-09", "2023-10"),
    "agri_rural.facility_maintenance": ("2023-Q2", "2023-Q3"),
    "agri_rural.toilet_retrofit": ("2023-Q2", "2023-Q3"),
    "agri_rural.village_project": ("2023-09", "2023-10"),
    "civil_affairs.child_protection": ("2023-Q2", "2023-Q3"),
    "civil_affairs.community_governance": ("2023-Q2", "2023-Q3"),
    "civil_affairs.elderly_service": ("2023-09", "2023-10"),
    "emergency.drill_training": ("2023-Q2", "2023-Q3"),
    "forestry.greening_activity": ("2023-Q2", "2023-Q3"),
    "law_enforcement.penalty_case": ("2023-09", "2023-10"),
    "rural_talent.talent_service": ("2023-Q2", "2023-Q3"),
    "veterans.beneficiary": ("2023-09", "2023-10"),
}
LEDGER = "land_acquisition.household_agreement"


def offered(dataset: str) -> ByReporter:
    name, table = dataset.split(".")
    return department(name).by_reporter[table]


def parts(county: County, dataset: str, period: str) -> dict[str, Table]:
    shared = offered(dataset)
    return {
        reporter.reporter_code: shared.maker(county, Period(period), reporter)
        for reporter in shared.reporters(county, Period(period))
    }


@pytest.mark.parametrize("dataset", HANDED_OVER)
def test_every_township_hands_in_its_own_rows(county: County, dataset: str) -> None:
    before, after = HANDED_OVER[dataset]
    (whole,) = parts(county, dataset, before).values()
    contract = county.catalogue.contract(dataset)
    townships = {r.reporter_code for r in county.township_offices if contract.is_owed_by(r)}
    assert len(townships) == (12 if contract.not_owed_by else 14)
    assert {str(row["area_code"])[:9] for row in whole.rows} >= {code[:9] for code in townships}
    made = parts(county, dataset, after)
    assert set(made) >= townships
    left_out = {r.reporter_code for r in county.township_offices} - townships
    assert left_out.isdisjoint(made), "subdistricts have nothing to put into the rural forms"
    for code in townships:
        assert made[code].rows
        assert {str(row["area_code"])[:9] for row in made[code].rows} == {code[:9]}


@pytest.mark.parametrize("dataset", HANDED_OVER)
def test_nothing_is_lost_or_said_twice(county: County, dataset: str) -> None:
    """Rows and explanations are those of the county, whoever hands them in."""
    after = HANDED_OVER[dataset][1]
    whole = offered(dataset).maker(
        County(county.catalogue, county.first, county.last.shift(24), county.chance.seed),
        Period(after),
        county.reporter(county.catalogue.contract(dataset)),
    )
    made = parts(county, dataset, after).values()

    def content(tables: list[Table]) -> list[str]:
        return sorted(
            f"{list(row.items())} {table.remarks.get(number)}"
            for table in tables
            for number, row in enumerate(table.rows)
        )

    assert content(list(made)) == content([whole])


def test_every_township_keeps_a_relocation_ledger(county: County) -> None:
    shared, offices = offered(LEDGER), county.township_offices
    for month in period_range(county.first, county.last.prior):
        assert shared.reporters(county, month) == offices
    for office in offices:
        counts = [
            len(shared.maker(county, month, office).rows)
            for month in period_range(county.first, county.last)
        ]
        assert counts[0] > 0
        # A ledger that jumps by more than three tenths would have to be explained.
        assert all(0.7 * a <= b <= 1.3 * a for a, b in pairwise(counts))


def test_one_township_has_not_handed_in_the_last_month(county: County) -> None:
    for dataset in (LEDGER, "law_enforcement.penalty_case"):
        handed_in = offered(dataset).reporters(county, county.last)
        assert len(handed_in) == len(county.township_offices) - 1
        assert county.smallest_office not in handed_in


def test_township_without_cases_says_so(catalogue: Catalogue, tmp_path: Path) -> None:
    """Of all that the townships hand in about penalty cases, one form says that there was none."""
    contract = catalogue.contract(DatasetId("law_enforcement", "penalty_case"))
    first, last = Period("2023-10"), Period("2023-12")
    summary = write_sample(tmp_path, catalogue, first, last, seed=1, datasets=[contract.id])
    nil, files = [], sorted((tmp_path / contract.id.folder).iterdir())
    assert len(files) == summary.files > 40
    for path in files:
        source = DeliveryFile("d" * 20, contract.id, path, path.name, datetime(2024, 1, 9))
        parsed = parse_delivery(source, contract, catalogue, tmp_path)
        if parsed.is_nil:
            assert parsed.findings == ()
            nil.append((parsed.envelope.reporter_name, str(parsed.envelope.period)))
    assert nil == [("北塘乡人民政府", "2023-11")]


def test_no_contract_that_names_townships_is_left_to_the_bureau(county: County) -> None:
    collected = {
        str(dataset)
        for dataset in known_datasets(county)
        if county.catalogue.contract(dataset).reporter_kind == "township"
        and dataset.dataset not in department(dataset.department).by_reporter
    }
    assert collected == set()
