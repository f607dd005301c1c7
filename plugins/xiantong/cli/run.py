"""The command that does one round: intake, check, settle, build, publish."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import (
    Progress,
    TaskID,
)
from rich.table import Table

from xiantong import local
from xiantong.cli.stopping import listening
from xiantong.cli.terminal import (
    PROBLEMS,
    STOPPED,
    UserError,
    err,
    out,
    print_json,
    program,
    progress_bar,
    shown,
)
from xiantong.county_time import county_day
from xiantong.deployment import Deployment
from xiantong.names import DatasetId
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.ledger import Submission

SHOWN_FILES = 10
SHOWN_RULES = 10
SHOWN_DATASETS = 30
COUNTED = ("arrived", "accepted", "returned", "duplicate", "late", "rows")


def run(
    as_json: Annotated[
        bool, typer.Option("--json", help="The report as one JSON document on stdout.")
    ] = False,
) -> None:
    """Take in what the inbox holds, check, settle, build and publish it. Once, then end.

    Runs the Airflow DAGs in this process, on SQLite and DuckDB below XIANTONG_HOME; the runs are
    recorded and can be looked at with [cyan]xiantong up[/]. Safe to repeat and to interrupt. Exit
    status 0 only if every task succeeded; returned deliveries are no failure. Ctrl-C ends it with
    130, SIGTERM with 143; what was under way is done again the next time.

    [cyan]xiantong run[/]

    [cyan]XIANTONG_HOME=/data/xiantong xiantong run --json[/]
    """
    deployment = Deployment(Settings())
    _ = deployment.catalogue.contracts  # a wrong contract is told before anything starts
    with listening() as stop:
        try:
            with progress_bar() as progress:
                watcher = _ProgressWatcher(progress)
                report = local.LocalRound(deployment, watcher, stop.is_asked).run()
        except local.BusyError as error:
            raise UserError(str(error), PROBLEMS) from error
        except KeyboardInterrupt:
            err().print(STOPPED)
            stop.end()
    if as_json:
        print_json(_report_json(report))
    else:
        _show_report(deployment, report)
    if not report.ok:
        raise typer.Exit(PROBLEMS)


class _ProgressWatcher(local.Watcher):
    """Shows a round as one bar."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID = progress.add_task("", total=None)
        self._is_planned = False

    def plan(self, total: int) -> None:
        self._is_planned = True
        self._progress.update(self._task, total=total, completed=0)

    def begin(self, title: str) -> None:
        self.detail(title)

    def detail(self, text: str) -> None:
        self._progress.update(self._task, description=escape(text[:70]))

    def end(self) -> None:
        if self._is_planned:
            self._progress.advance(self._task)


def _show_report(deployment: Deployment, report: local.RoundReport) -> None:
    console = out()
    if report.submissions:
        console.print(_arrivals_table(deployment, report))
        _show_returns(deployment, report)
    elif report.ok:
        console.print("Nothing new in the inbox.")
    waiting = [s for s in report.skipped if s["waiting"]]
    strange = [s for s in report.skipped if not s["waiting"]]
    for entry in strange[:SHOWN_FILES]:
        console.print(f"[yellow]not taken[/] {escape(entry['place'])}: {escape(entry['reason'])}")
    if len(strange) > SHOWN_FILES:
        console.print(
            f"[yellow]not taken[/] {len(strange) - SHOWN_FILES} more; see {shown(deployment.settings.root / 'last_intake.json')}"
        )
    if waiting:
        console.print(f"{len(waiting)} files are still being written or wait for their .ok marker")
    if report.marts:
        console.print(
            f"[green]marts[/] {report.marts.models} models built in {report.marts.seconds:.0f} s"
        )
    _show_failures(report)
    _show_next(deployment.settings, report)


def _arrivals_table(deployment: Deployment, report: local.RoundReport) -> Table:
    """What came of each dataset; of each department where so many datasets fit no screen."""
    by_dataset: dict[DatasetId, list[Submission]] = defaultdict(list)
    by_department: dict[str, list[Submission]] = defaultdict(list)
    for submission in report.submissions:
        by_dataset[submission.dataset].append(submission)
        by_department[submission.dataset.department].append(submission)
    if len(by_dataset) > SHOWN_DATASETS:
        table = Table("department", "datasets", *COUNTED)
        table.columns[1].justify = "right"
        for department, submissions in sorted(by_department.items()):
            datasets = {s.dataset for s in submissions}
            table.add_row(department, str(len(datasets)), *_cells(_counts(submissions)))
        last = ["all", str(len(by_dataset))]
    else:
        table = Table("dataset", "title", *COUNTED)
        for dataset, submissions in sorted(by_dataset.items()):
            contract = deployment.catalogue.contracts.get(dataset)
            title = escape(contract.title_zh if contract else "")
            table.add_row(str(dataset), title, *_cells(_counts(submissions)))
        last = ["", "all"]
    for column in table.columns[2:]:
        column.justify = "right"
    table.add_section()
    table.add_row(*last, *_cells(_counts(report.submissions)), style="bold")
    return table


def _counts(submissions: Sequence[Submission]) -> Counter[str]:
    counts = Counter(str(s.status) for s in submissions)
    counts["late"] = sum(_is_late(s) for s in submissions)
    counts["arrived"] = len(submissions)
    counts["rows"] = sum(s.accepted_row_cnt for s in submissions)
    return counts


def _cells(counts: Counter[str]) -> list[str]:
    return [f"{counts[name]:,}" if counts[name] else "·" for name in COUNTED]


def _is_late(submission: Any) -> bool:
    return bool(submission.due_at and county_day(submission.submitted_at) > submission.due_at)


def _show_returns(deployment: Deployment, report: local.RoundReport) -> None:
    given_back = [s for s in report.submissions if s.wants_return]
    if not given_back:
        return
    console = out()
    rules: Counter[str] = Counter()
    example: dict[str, str] = {}
    for recorded in deployment.ledger.findings(given_back):
        example.setdefault(recorded.finding.rule_id, recorded.finding.message_zh)
    for submission in given_back:
        rules.update(submission.rule_counts)
    table = Table(
        "why",
        "rule",
        "places",
        title="Most frequent findings in what was returned",
        title_justify="left",
    )
    table.columns[-1].justify = "right"
    for rule_id, count in rules.most_common(SHOWN_RULES):
        table.add_row(escape(example.get(rule_id, "")), escape(rule_id), f"{count:,}")
    console.print(table)
    table = Table(
        "errors",
        "dataset",
        "period",
        "file",
        title=f"Files with the most errors, below {shown(deployment.settings.returns)}/<department>/<dataset>",
        title_justify="left",
    )
    table.columns[0].justify = "right"
    for s in sorted(given_back, key=lambda s: (-s.error_cnt, s.file_name))[:SHOWN_FILES]:
        name = Path(s.return_key).name if s.return_key else f"{s.file_name} (no return)"
        table.add_row(f"{s.error_cnt:,}", str(s.dataset), str(s.period or "？"), escape(name))
    console.print(table)


def _show_failures(report: local.RoundReport) -> None:
    console = out()
    for outcome in report.failures:
        if outcome.state != "upstream_failed":
            name = f"{outcome.dag_id}.{outcome.task_id} {outcome.label}".strip()
            console.print(
                f"[red]failed[/] {escape(name)}: {escape(outcome.error or outcome.state)}"
            )
    for dataset, reason in report.not_run.items():
        console.print(f"[red]left over[/] {dataset}: {escape(reason)}")
    if not report.ok:
        console.print(f"Details in {shown(report.log_path)}; run again when it is mended.")


def _show_next(settings: Settings, report: local.RoundReport) -> None:
    console = out()
    counts = report.decided
    console.print(
        f"\n[bold]{report.new} arrived, {counts['accepted']} accepted, {counts['returned']} returned, "
        f"{counts['duplicate']} duplicates[/] in {report.seconds:.0f} s. Where to look next:"
    )
    name = program()
    rows = [
        ("returns for the reporters", shown(settings.returns)),
        ("published snapshot", shown(settings.published)),
        ("who is missing", f"{name} status"),
        (
            "ask the marts",
            f'{name} sql "select dataset_id, status, count(*) from marts.fct_submission group by all order by all"',
        ),
        ("reporters' pages and runs", f"{name} up"),
    ]
    if not settings.published.exists():
        rows = [rows[0], *rows[2:3], rows[-1]]
    for what, where in rows:
        console.print(f"  {what:<26} [cyan]{where}[/]")


def _report_json(report: local.RoundReport) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "arrived": report.new,
        "decided": dict(report.decided),
        "late": sum(_is_late(s) for s in report.submissions),
        "seconds": round(report.seconds, 1),
        "seconds_by_part": {name: round(seconds, 1) for name, seconds in report.parts.items()},
        "skipped": report.skipped,
        "failed": [
            {
                "dag": o.dag_id,
                "task": o.task_id,
                "label": o.label,
                "state": o.state,
                "error": o.error,
            }
            for o in report.failures
        ],
        "left_over": {str(dataset): reason for dataset, reason in report.not_run.items()},
        "submissions": [
            {
                "id": s.id,
                "dataset": str(s.dataset),
                "file": s.file_name,
                "period": s.period and str(s.period),
                "reporter_code": s.reporter_code,
                "status": str(s.status),
                "revision": s.revision,
                "rows": s.accepted_row_cnt,
                "errors": s.error_cnt,
                "warnings": s.warning_cnt,
                "is_late": _is_late(s),
                "return": s.return_key,
            }
            for s in report.submissions
        ],
        "models": report.marts.models if report.marts else 0,
        "log": str(report.log_path),
    }
