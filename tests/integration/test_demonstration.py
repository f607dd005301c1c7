"""The demonstration itself: every department, every indicator, every figure and every answer in the docs.

One county, written and run once for all tests of this file, exactly as ``make demo`` does it. While
working on docs or marts, XIANTONG_DEMONSTRATION names the home of a run that is there already.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Frequency, Period
from xiantong.settings import PROJECT_ROOT
from xiantong.transform.indicators import Indicator, read_registry

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(2400)]

COUNTY = "980121000000"
LAST_MONTH = Period("2023-12")
FIGURES = list(
    csv.DictReader((Path(__file__).parent / "figures.csv").open(encoding="utf-8", newline=""))
)
PAGES = [
    PROJECT_ROOT / "README.md",
    PROJECT_ROOT / "README.zh-CN.md",
    PROJECT_ROOT / "docs" / "questions.md",
    *sorted((PROJECT_ROOT / "docs" / "subjects").glob("*.md")),
]
_QUESTION = re.compile(r"```sql\n(?P<query>[^`]+)```\n\n(?P<answer>(?:\|.*\n)+)")


@dataclass(frozen=True)
class Demonstration:
    home: Path

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "xiantong.cli.main", *words],
            env=os.environ | {"XIANTONG_HOME": str(self.home), "XIANTONG_STABLE_SECONDS": "0"},
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, query: str) -> list[dict[str, Any]]:
        import duckdb

        with duckdb.connect(
            str(self.home / "published" / "warehouse.duckdb"), read_only=True
        ) as db:
            found = db.execute(query)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    if finished := os.environ.get("XIANTONG_DEMONSTRATION"):
        yield Demonstration(Path(finished))
        return
    demonstration = Demonstration(tmp_path_factory.mktemp("demonstration"))
    for words in (("sample",), ("run", "--json")):
        done = demonstration.call(*words)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    yield demonstration


def test_every_dataset_was_delivered_and_accepted(
    demonstration: Demonstration, catalogue: Catalogue
) -> None:
    accepted = {
        row["dataset_id"]
        for row in demonstration.ask(
            "select distinct dataset_id from marts.fct_submission where status = 'accepted'"
        )
    }
    assert {str(dataset) for dataset in catalogue.contracts} - accepted == set()


def test_every_department_has_a_correct_a_returned_and_a_corrected_delivery(
    demonstration: Demonstration, catalogue: Catalogue
) -> None:
    rows = demonstration.ask(
        """
        with decided as (
            select split_part(dataset_id, '.', 1) as department, dataset_id, period, reporter_code,
                bool_or(status = 'returned') as was_returned,
                bool_or(status = 'accepted') as was_accepted
            from marts.fct_submission
            group by all
        )
        select department, count(*) filter (where was_accepted and not was_returned) as correct,
            count(*) filter (where was_returned) as returned,
            count(*) filter (where was_returned and was_accepted) as corrected
        from decided group by department
        """
    )
    found = {row["department"]: row for row in rows}
    assert set(found) == {dataset.department for dataset in catalogue.contracts}
    lacking = {
        department: row
        for department, row in found.items()
        if not (row["correct"] and row["returned"] and row["corrected"])
    }
    assert lacking == {}


def test_every_mart_has_rows(demonstration: Demonstration) -> None:
    names = [path.stem for path in (PROJECT_ROOT / "dbt_project/models/marts").rglob("*.sql")]
    assert len(names) >= 78
    # Nobody changed a rate of the sampling plan by hand; nothing else may be empty.
    empty = [n for n in names if not demonstration.ask(f"select 1 from marts.{n} limit 1")]
    assert empty == []


def last_due(indicator: Indicator) -> str:
    return Period.of(LAST_MONTH.end, indicator.frequency).label


def test_indicators_are_known_where_they_are_due(demonstration: Demonstration) -> None:
    registry = read_registry(PROJECT_ROOT / "expectations" / "indicators")
    assert len(registry.indicators) >= 233
    known = {
        (row["indicator_code"], row["area_code"], row["period"])
        for row in demonstration.ask(
            "select indicator_code, area_code, period from marts.fct_indicator_value "
            "where breakdown_code = '_T' and value is not null and period >= '2023'"
        )
    }
    missing = []
    for indicator in registry.indicators.values():
        periods = {period for code, area, period in known if code == indicator.code and _own(area)}
        newest = last_due(indicator)
        # The school year's second half and the year's register may not be due before it is over.
        accepted = {newest, Period(newest).prior.label} if _is_slow(indicator) else {newest}
        if not periods & accepted:
            missing.append((indicator.code, sorted(periods)[-2:]))
    assert missing == []


def _own(area: str) -> bool:
    return area.startswith(COUNTY[:6])


def _is_slow(indicator: Indicator) -> bool:
    return indicator.frequency in (Frequency.SEMESTER, Frequency.ANNUAL)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure["indicator_code"])
def test_figure_holds_from_delivery_to_mart(
    demonstration: Demonstration, figure: dict[str, str]
) -> None:
    where = f"indicator_code = '{figure['indicator_code']}' and area_code = '{figure['area_code']}'"
    if figure["field"] == "target":
        query = (
            f"select target_value as value from marts.fct_indicator_target "
            f"where {where} and target_period = '{figure['period']}'"
        )
    else:
        query = (
            f"select value from marts.fct_indicator_value where {where} "
            f"and period = '{figure['period']}' "
            f"and breakdown_code = '{figure['breakdown_code'] or '_T'}'"
        )
        if figure["breakdown_list"]:
            query += f" and breakdown_list = '{figure['breakdown_list']}'"
    (row,) = demonstration.ask(query)
    value = round(float(row["value"]), 1)
    assert float(figure["lowest"]) <= value <= float(figure["highest"])


def test_growth_against_the_province_is_marked_where_windows_differ(
    demonstration: Demonstration,
) -> None:
    rows = demonstration.ask(
        "select window_equal, compare_period, round(value, 1) as value, compare_value "
        "from marts.fct_indicator_comparison where indicator_code = 'IND_TECHREN_INV_YOY' "
        "and area_code = '980100000000' and compare_area_code = '980000000000' "
        "and period = '2023-10'"
    )
    assert rows
    for row in rows:
        assert row["window_equal"] == (row["compare_period"] == "2023-10")


def questions() -> list[Any]:
    found = []
    for page in PAGES:
        for number, match in enumerate(_QUESTION.finditer(page.read_text("utf-8")), start=1):
            name = f"{page.parent.name}/{page.stem}-{number}"
            found.append(pytest.param(match["query"], match["answer"], id=name))
    return found


def test_every_subject_has_a_page_with_a_question(catalogue: Catalogue) -> None:
    departments = {dataset.department for dataset in catalogue.contracts}
    asked = {
        page.stem
        for page in PAGES
        if page.parent.name == "subjects" and _QUESTION.search(page.read_text("utf-8"))
    }
    assert departments - asked == set()


@pytest.mark.parametrize(("query", "answer"), questions())
def test_answer_in_the_docs_is_the_demonstrations(
    demonstration: Demonstration, query: str, answer: str
) -> None:
    header, _, *lines = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in answer.strip().splitlines()
    ]
    rows = demonstration.ask(query)
    assert header == list(rows[0])
    assert [[_plain(cell) for cell in line] for line in lines] == [
        [_plain("" if value is None else str(value)) for value in row.values()] for row in rows
    ]


@pytest.mark.parametrize(("query", "answer"), questions())
def test_no_two_rows_of_an_answer_share_a_place(
    demonstration: Demonstration, query: str, answer: str
) -> None:
    """Rows with the same sort keys come in another order on another machine."""
    shown = len(answer.strip().splitlines()) - 2
    places = sorted(row["place"] for row in demonstration.ask(with_places(query)))
    # The row behind the last one counts, too: it could stand there as well.
    assert places[: shown + 1] == list(range(1, min(len(places), shown + 1) + 1))


def with_places(query: str) -> str:
    """The query without its limit, with the rank of each row by its sort keys as ``place``."""
    tree = sqlglot.parse_one(query, dialect="duckdb")
    assert isinstance(tree, exp.Select)
    aliased = {column.alias: column.this for column in tree.selects if column.alias}

    def spelled_out(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and not node.table and node.name in aliased:
            return exp.paren(aliased[node.name].copy())
        return node

    # Without an order all rows share the first place, which only a single one may.
    order = tree.args.get("order")
    keys = order.copy().transform(spelled_out) if order else None
    rank = exp.Window(this=exp.Rank(), order=keys)
    tree.set("limit", None)
    return tree.select(exp.alias_(rank, "place")).sql(dialect="duckdb")


def _plain(text: str) -> str | float:
    """A number as such, so that 12 and 12.00 are the same answer."""
    try:
        return float(text)
    except ValueError:
        return text


def test_second_run_finds_nothing_to_do(demonstration: Demonstration) -> None:
    done = demonstration.call("run", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["arrived"] == 0
    assert report["submissions"] == []
