"""A small warehouse of its own: five real contracts, four simple marts, a handful of indicators.

The dbt project under test is the real one (macros, staging, core marts) with the subject marts
replaced by marts that show one behaviour each, so that a test can state what goes in and what has to
come out.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.transform import BuildResult, build, generate
from xiantong.warehouse.opening import open_warehouse
from xiantong.warehouse.tables import raw_table

COUNTY = "980121000000"
OTHER_COUNTY = "980122000000"
TOWN = "980121100000"
OTHER_TOWN = "980121101000"
ZONE = "980121400000"
CONTRACTS = (
    "education/training_record",
    "energy/energy_user",
    "energy/fuel_consumption",
    "energy/inspection",
    "statistics/benchmark_series",
    "statistics/regional_accounts",
)
Row = dict[str, Any]

FILES = Path(__file__).parent / "project"


@dataclass(frozen=True)
class Workshop:
    """A project of its own in a temporary folder, with its warehouse."""

    settings: Settings

    @classmethod
    def make(cls, folder: Path, warehouse: str = "") -> Workshop:
        expectations, project = folder / "expectations", folder / "dbt_project"
        for name in CONTRACTS:
            _copy(
                PROJECT_ROOT / "expectations" / f"{name}.odcs.yaml",
                expectations / f"{name}.odcs.yaml",
            )
        for name in ("_fields.yml", "areas.csv", "area_changes.csv", "zones.csv", "reporters.csv"):
            _copy(PROJECT_ROOT / "expectations" / name, expectations / name)
        _copy_codes(expectations)
        shutil.copytree(FILES / "indicators", expectations / "indicators")
        source = PROJECT_ROOT / "dbt_project"
        for name in ("dbt_project.yml", "profiles.yml"):
            _copy(source / name, project / name)
        for name in ("macros", "tests", "models/marts/core", "models/intermediate/core"):
            shutil.copytree(source / name, project / name)
        name = "models/intermediate/indicators/int_indicator_value__from_benchmarks.sql"
        _copy(source / name, project / name)
        shutil.copytree(FILES / "marts", project / "models" / "marts" / "shown")
        generate(folder)
        settings = Settings(
            home=folder / "home",
            expectations=expectations,
            dbt_project=project,
            warehouse=warehouse,
        )
        return cls(settings)

    @property
    def folder(self) -> Path:
        return self.settings.dbt_project.parent

    def load(
        self,
        dataset: str,
        period: str,
        rows: Sequence[Row],
        *,
        reporter: str = COUNTY,
        area: str | None = None,
        revision: int = 1,
        accepted: str = "2024-01-05 08:00:00",
        submission: str | None = None,
    ) -> str:
        """Put one accepted submission into the raw table; returns its id."""
        contract = Catalogue(self.settings.expectations).contract(dataset)
        table = raw_table(contract)
        identity = submission or f"{dataset}|{period}|{reporter}|{revision}"
        lineage: Row = {
            "_submission_id": identity,
            "_src_sheet": "Sheet1",
            "_revision": revision,
            "_reporter_code": reporter,
            "_reporter_area_code": area or reporter,
            "_period": period,
            "_submitted_at": accepted,
            "_accepted_at": accepted,
            "period": period,
        }
        with open_warehouse(self.settings.warehouse_url) as warehouse:
            warehouse.ensure_tables(table)
            for number, row in enumerate(rows, start=5):
                unknown = set(row) - {c.name for c in table.columns}
                assert not unknown, unknown
                values = lineage | {"_src_row": number} | row
                names = ", ".join(f'"{name}"' for name in values)
                literals = ", ".join(_literal(value) for value in values.values())
                warehouse.execute(f"insert into {table.qualified} ({names}) values ({literals})")
        return identity

    def build(self, **how: Any) -> BuildResult:
        return build(self.settings, **how)

    def must_build(self, **how: Any) -> BuildResult:
        result = self.build(**how)
        assert result.ok, result.summary()
        return result

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.settings.warehouse_url) as warehouse:
            return warehouse.fetch(query)

    def values(
        self, code: str, area: str = COUNTY, breakdown: str = "_T"
    ) -> dict[str, float | None]:
        """Observations of one indicator and area: period -> value."""
        found = self.rows(
            "select period, value from marts.fct_indicator_value "
            f"where indicator_code = '{code}' and area_code = '{area}' "
            f"and breakdown_code = '{breakdown}' order by period"
        )
        return {period: None if value is None else float(value) for period, value in found}

    def column(self, code: str, column: str, period: str, area: str = COUNTY) -> Any:
        found = self.rows(
            f"select {column} from marts.fct_indicator_value where indicator_code = '{code}' "
            f"and area_code = '{area}' and period = '{period}' and breakdown_code = '_T'"
        )
        assert len(found) == 1, found
        return found[0][0]


def _copy_codes(expectations: Path) -> None:
    """Only the lists that the contracts name, and one with attributes: every seed takes time."""
    contracts = "".join(
        path.read_text(encoding="utf-8") for path in expectations.rglob("*.odcs.yaml")
    )
    wanted = {"_constants", "energy_type", "unit_retrofit_kind", "progress_status"}
    for path in (PROJECT_ROOT / "expectations" / "codes").glob("*.yaml"):
        if path.stem in wanted or f"value: {path.stem}" in contracts:
            _copy(path, expectations / "codes" / path.name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else "'" + str(value) + "'"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop.make(tmp_path)


def fill(workshop: Workshop) -> None:
    """Raw rows that every kind of window, level and status shows something of."""
    fuel = "energy.fuel_consumption"
    for year in (2022, 2023):
        for month in (1, 2, 3, 12):
            grown = month + (10 if year == 2023 else 0)
            rows = [_fuel(uscc, "RAW_COAL", grown * 10) for uscc in ("A", "B", "C")]
            rows += [_fuel("A", "ELEC", 5)]
            workshop.load(
                fuel, f"{year}-{month:02d}", rows, accepted=f"{year + month // 12}-02-05 08:00:00"
            )
    workshop.load(
        fuel,
        "2023-03",
        [_fuel("Z", "RAW_COAL", 70)],
        reporter=OTHER_COUNTY,
        accepted="2023-04-06 08:00:00",
    )
    workshop.load(fuel, "2022-02", [_fuel("Z", "ELEC", 5)], reporter=OTHER_COUNTY)
    workshop.load(
        "energy.inspection",
        "2023-Q2",
        [
            _inspection("1", "2023-02-10", "SAVING", 4, 2),
            _inspection("2", "2023-05-20", "SAVING", 6, 6),
            _inspection("3", "2023-11-02", "METERING", 10, 9),
        ],
    )
    # A quarter that brings no event of its own beyond November, but was delivered.
    workshop.load("energy.inspection", "2023-Q4", [_inspection("2", "2023-05-20", "SAVING", 6, 6)])
    workshop.load(
        "energy.energy_user",
        "2022",
        [_user("A", TOWN, False, "2022-05-01"), _user("B", OTHER_TOWN, True, "2022-03-01")],
        accepted="2023-01-05 08:00:00",
    )
    workshop.load(
        "energy.energy_user",
        "2023",
        [_user("A", TOWN, True, "2023-06-30", ZONE)],
        accepted="2024-01-05 08:00:00",
    )
    for quarter, population in (("2022-Q4", 1000), ("2023-Q3", None), ("2023-Q4", 1010)):
        workshop.load(
            "statistics.regional_accounts",
            quarter,
            [_accounts(population, "P" if "2023" in quarter else "A")],
        )
    workshop.load(
        "statistics.benchmark_series",
        "2023-03",
        [
            _benchmark("SHOWN_COAL_YTD", "980100000000", "ytd", 9000, 3.5),
            _benchmark("SHOWN_GDP", "980000000000", "ytd", 7_000_000, 4.1),
        ],
    )


def _fuel(uscc: str, energy: str, consumed: float) -> Row:
    return {
        "uscc": uscc, "energy_code": energy, "stock_start_qty": 0, "purchase_qty": consumed,
        "consume_qty": consumed, "consume_ytd_qty": consumed, "stock_end_qty": 0,
    }  # fmt: skip


def _inspection(number: str, day: str, kind: str, need: int, have: int) -> Row:
    return {
        "inspection_no": number, "uscc": f"U{number}", "inspection_kind": kind, "inspection_date": day,
        "meter_need_cnt": need, "meter_have_cnt": have, "problem_cnt": 0, "rectified_cnt": 0,
        "conclusion": "PASS",
    }  # fmt: skip


def _user(uscc: str, area: str, connected: bool, day: str, zone: str | None = None) -> Row:
    return {
        "uscc": uscc, "user_name": uscc, "area_code": area, "zone_code": zone, "industry_code": "2611",
        "user_class": "KEY", "last_year_tce": 100, "connected": connected, "connect_date": day,
        "has_captive_power": False, "two_high": False,
    }  # fmt: skip


def _accounts(population: int | None, status: str) -> Row:
    return {
        "area_code": COUNTY, "gdp_ytd_wan": 500, "gdp_growth_pct": 5, "primary_va_wan": 100,
        "secondary_va_wan": 200, "tertiary_va_wan": 200, "industry_va_wan": 150,
        "resident_population": population, "data_status": status,
    }  # fmt: skip


def _benchmark(code: str, area: str, basis: str, value: float | None, growth: float | None) -> Row:
    return {
        "indicator_code": code, "compare_area_code": area, "measure_basis": basis, "window_label": "1-3月",
        "value": value, "growth_pct": growth, "rank_desc": "第2位", "source_doc": "统计月报",
    }  # fmt: skip


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The filled warehouse on DuckDB, built once; tests only read it."""
    workshop = Workshop.make(tmp_path_factory.mktemp("filled"))
    fill(workshop)
    workshop.must_build()
    return workshop


@pytest.fixture(scope="session")
def filled_postgres(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workshop]:
    """The same raw rows on PostgreSQL, built once; tests only read it."""
    name = f"filled_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
        url = postgres_server.replace("/postgres?", f"/{name}?")
        workshop = Workshop.make(tmp_path_factory.mktemp("filled_postgres"), url)
        fill(workshop)
        workshop.must_build()
        yield workshop
        admin.execute(f'drop database "{name}" with (force)')
