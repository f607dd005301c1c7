"""What a round prints about what arrived."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from xiantong.cli.run import SHOWN_DATASETS, _arrivals_table
from xiantong.ledger import Status, Submission
from xiantong.local import RoundReport
from xiantong.names import DatasetId
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.steps import Deployment

MOMENT = datetime(2023, 11, 6, 9, 30)


def submission(number: int, dataset: DatasetId) -> Submission:
    return Submission(
        id=f"{number:020}", dataset=dataset, file_name="a.xlsx", sha256="0" * 64, content_digest="",
        status=Status.ACCEPTED, revision=1, period=None, reporter_code=None,
        reporter_area_code=None, reporter_name=None, submitted_at=MOMENT, settled_at=MOMENT,
        accepted_row_cnt=10,
    )  # fmt: skip


def table_of(count: int) -> tuple[Table, list[DatasetId]]:
    deployment = Deployment(Settings(expectations=PROJECT_ROOT / "expectations"))
    datasets = sorted(deployment.catalogue.contracts)[:count]
    report = RoundReport(datetime.now(UTC))
    report.submissions = [submission(n, dataset) for n, dataset in enumerate(datasets)]
    return _arrivals_table(deployment, report), datasets


def printed(table: Table) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_few_datasets_have_a_line_each() -> None:
    table, datasets = table_of(SHOWN_DATASETS)
    text = printed(table)
    assert len(datasets) == SHOWN_DATASETS
    assert table.row_count == SHOWN_DATASETS + 1
    assert all(str(dataset) in text for dataset in datasets)


def test_many_datasets_are_told_by_department() -> None:
    table, datasets = table_of(SHOWN_DATASETS + 1)
    text = printed(table)
    departments = {dataset.department for dataset in datasets}
    assert table.row_count == len(departments) + 1
    assert all(department in text for department in departments)
    last = text.splitlines()[-2]
    assert str(SHOWN_DATASETS + 1) in last and f"{10 * (SHOWN_DATASETS + 1)}" in last
