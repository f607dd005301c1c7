"""Who sees and hands in what."""

from __future__ import annotations

from pathlib import Path

import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.people import People, PeopleError, Person, user_roles
from xiantong.settings import PROJECT_ROOT, Settings

BUREAU = "980121000000education"
TOWN = "980121100000"


def people(tmp_path: Path, catalogue: Catalogue, *lines: str) -> People:
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["user,name,role,reporter_code", *lines]), encoding="utf-8")
    return People.read(path, catalogue)


@pytest.fixture
def listed(tmp_path: Path, catalogue: Catalogue) -> dict[str, Person]:
    lines = (f"edu,教育局,reporter,{BUREAU}", f"town,河口镇,reporter,{TOWN}", "county,县里,office,")
    return dict(people(tmp_path, catalogue, *lines).by_user)


def test_a_bureau_reports_its_department_and_sees_its_own_submissions(
    listed: dict[str, Person], catalogue: Catalogue
) -> None:
    sport, fuel = (
        catalogue.contract(d) for d in ("education.sport_hour", "energy.fuel_consumption")
    )
    edu = listed["edu"]
    assert edu.reports(sport) and not edu.reports(fuel)
    assert edu.may_see(sport, BUREAU) and edu.may_see(sport, None)
    assert not edu.may_see(sport, "980122000000education")
    assert not edu.may_see(fuel, BUREAU)


def test_a_township_reports_what_townships_owe(
    listed: dict[str, Person], catalogue: Catalogue
) -> None:
    town = listed["town"]
    of_towns = [c for c in catalogue.contracts.values() if c.reporter_kind == "township"]
    assert len(of_towns) >= 15
    assert [c.id for c in catalogue.contracts.values() if town.reports(c)] == [
        c.id for c in of_towns
    ]
    assert town.may_see(of_towns[0], TOWN)
    assert not town.may_see(of_towns[0], "980121101000") and not town.may_see(of_towns[0], None)


def test_a_subdistrict_reports_no_rural_form(tmp_path: Path, catalogue: Catalogue) -> None:
    street = people(tmp_path, catalogue, "cg,城关街道,reporter,980121001000").by_user["cg"]
    reported = {str(c.id) for c in catalogue.contracts.values() if street.reports(c)}
    assert "law_enforcement.penalty_case" in reported
    assert not any(dataset.startswith("agri_rural.") for dataset in reported)


def test_the_office_sees_everything(listed: dict[str, Person], catalogue: Catalogue) -> None:
    office = listed["county"]
    assert office.is_office and all(office.reports(c) for c in catalogue.contracts.values())
    assert office.may_see(catalogue.contract("education.sport_hour"), None)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a,甲,reporter,", "line 2"),
        (f"a,甲,office,{BUREAU}", "line 2"),
        ("a,甲,boss,", "role is"),
        ("a,甲,reporter,123", "not in reporters.csv"),
        (",甲,office,", "no user"),
    ],
)
def test_wrong_lines_are_told(
    tmp_path: Path, catalogue: Catalogue, line: str, complaint: str
) -> None:
    with pytest.raises(PeopleError, match=complaint):
        people(tmp_path, catalogue, line)


def test_a_user_is_one_person(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(PeopleError, match="twice"):
        people(tmp_path, catalogue, "a,甲,office,", f"a,甲,reporter,{BUREAU}")


def test_without_a_file_nobody_is_anybody(tmp_path: Path, catalogue: Catalogue) -> None:
    assert People.read(tmp_path / "none.csv", catalogue).by_user == {}
    assert user_roles(tmp_path / "none.csv") == {}


def test_the_projects_own_file_is_right(catalogue: Catalogue) -> None:
    settings = Settings(expectations=PROJECT_ROOT / "expectations")
    found = People.read(settings.people_file, catalogue).by_user
    assert found["county"].is_office and found["education"].reporter_code == BUREAU
    county = {r.department for r in catalogue.reporters if r.area_code == "980121000000"}
    users = {p.reporter.department for p in found.values() if p.reporter}
    assert county - {None} <= users
    assert any(p.reporter.kind == "township" for p in found.values() if p.reporter)
