"""Commands that do the work: sample deliveries, one round, the local Airflow, the rebuild."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from xiantong import local
from xiantong.cli.terminal import (
    PROBLEMS,
    UserError,
    contract_of,
    err,
    out,
    period_of,
    print_json,
    shown,
)
from xiantong.county_time import county_day
from xiantong.deployment import Deployment
from xiantong.embedded import ADMIN, EmbeddedAirflow
from xiantong.periods import Frequency, Period
from xiantong.settings import Settings

DEFAULT_PORT = 8080
SHOWN_FILES = 10
SHOWN_RULES = 10


def sample(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to write into; default: the inbox.")
    ] = None,
    first: Annotated[str, typer.Option("--from", help="First month.")] = "2022-01",
    last: Annotated[str, typer.Option("--to-period", help="Last month.")] = "2023-12",
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    scale: Annotated[
        float, typer.Option(help="Multiplies the rows of claims and meter readings.")
    ] = 1.0,
    dataset: Annotated[
        list[str] | None, typer.Option("--dataset", "-d", help="Only this dataset; again for more.")
    ] = None,
) -> None:
    """Write the deliveries of a fictional county, with the mistakes that real ones have.

    [cyan]xiantong sample[/]

    [cyan]xiantong sample --from 2023-01 --to-period 2023-03 --scale 0.01 -d energy.power_unit[/]
    """
    from xiantong.sample import write_sample

    deployment = Deployment(Settings())
    months = [_month(first), _month(last)]
    if scale <= 0:
        raise UserError("--scale is a positive number")
    datasets = [contract_of(deployment.catalogue, text).id for text in dataset or ()] or None
    target = to or deployment.settings.inbox
    with _progress() as progress:
        task = progress.add_task("sample", total=None)

        def tell(done: int, total: int, what: str) -> None:
            progress.update(task, completed=done, total=total, description=escape(what))

        try:
            summary = write_sample(
                target, deployment.catalogue, months[0], months[1], seed, scale, datasets, tell
            )
        except ValueError as error:
            raise UserError(str(error)) from error
    out().print(
        f"{summary.files} files with {summary.rows:,} rows → {shown(target)}\n"
        f"among them {len(summary.wrong)} wrong ones, each followed by its correction, "
        f"{len(summary.late)} late and {len(summary.twice)} sent twice"
    )


def _month(text: str) -> Period:
    period = period_of(text)
    if period is None or period.frequency is not Frequency.MONTHLY:
        raise UserError(f"{text!r} is not a month, such as 2023-01")
    return period


def run(
    as_json: Annotated[
        bool, typer.Option("--json", help="The report as one JSON document on stdout.")
    ] = False,
) -> None:
    """Take in what the inbox holds, check, settle, build and publish it. Once, then end.

    Runs the Airflow DAGs in this process, on SQLite and DuckDB below XIANTONG_HOME; the runs are
    recorded and can be looked at with [cyan]xiantong up[/]. Safe to repeat and to interrupt. Exit
    status 0 only if every task succeeded; returned deliveries are no failure.

    [cyan]xiantong run[/]

    [cyan]XIANTONG_HOME=/data/xiantong xiantong run --json[/]
    """
    deployment = Deployment(Settings())
    _ = deployment.catalogue.contracts  # a wrong contract is told before anything starts
    with _progress() as progress:
        try:
            report = local.LocalRound(deployment, _ProgressWatcher(progress)).run()
        except local.BusyError as error:
            raise UserError(str(error), PROBLEMS) from error
    if as_json:
        print_json(_report_json(report))
    else:
        _show_report(deployment, report)
    if not report.ok:
        raise typer.Exit(PROBLEMS)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err(),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


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
        console.print(_dataset_table(deployment, report))
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


def _dataset_table(deployment: Deployment, report: local.RoundReport) -> Table:
    table = Table(
        "dataset", "title", "arrived", "accepted", "returned", "duplicate", "late", "rows"
    )
    for column in table.columns[2:]:
        column.justify = "right"
    grouped: dict[Any, list[Any]] = {}
    for submission in report.submissions:
        grouped.setdefault(submission.dataset, []).append(submission)
    totals: Counter[str] = Counter()
    for dataset, submissions in sorted(grouped.items()):
        counts = Counter(str(s.status) for s in submissions)
        counts["late"] = sum(_is_late(s) for s in submissions)
        counts["arrived"] = len(submissions)
        counts["rows"] = sum(s.accepted_row_cnt for s in submissions)
        totals += counts
        contract = deployment.catalogue.contracts.get(dataset)
        table.add_row(str(dataset), escape(contract.title_zh if contract else ""), *_cells(counts))
    table.add_section()
    table.add_row("", "all", *_cells(totals), style="bold")
    return table


def _cells(counts: Counter[str]) -> list[str]:
    names = ("arrived", "accepted", "returned", "duplicate", "late", "rows")
    return [f"{counts[name]:,}" if counts[name] else "·" for name in names]


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
    for rule_id, count in rules.most_common(SHOWN_RULES):
        table.add_row(escape(example.get(rule_id, "")), escape(rule_id), f"{count:,}")
    console.print(table)
    table = Table(
        "file",
        "dataset",
        "period",
        "errors",
        "return workbook",
        title="Files with the most errors",
        title_justify="left",
    )
    for s in sorted(given_back, key=lambda s: (-s.error_cnt, s.file_name))[:SHOWN_FILES]:
        workbook = shown(deployment.settings.returns / s.return_key) if s.return_key else "—"
        table.add_row(
            escape(s.file_name), str(s.dataset), str(s.period or "？"), f"{s.error_cnt:,}", workbook
        )
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
    rows = [
        ("returns for the reporters", shown(settings.returns)),
        ("published snapshot", shown(settings.published)),
        ("who is missing", "xiantong status"),
        (
            "ask the marts",
            'xiantong sql "select dataset_id, status, count(*) from marts.fct_submission group by all order by all"',
        ),
        ("look at the runs", "xiantong up"),
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


def rebuild() -> None:
    """Make the warehouse again from lake and ledger, then build and publish the marts.

    [cyan]xiantong rebuild[/]

    [cyan]XIANTONG_WAREHOUSE=postgresql://… xiantong rebuild[/]     on another engine
    """
    from xiantong.marts import MartsError, MartsWork
    from xiantong.transform import publish
    from xiantong.warehouse import WarehouseBusyError
    from xiantong.warehouse import rebuild as rebuild_warehouse

    deployment = Deployment(Settings())
    with _progress() as progress:
        task = progress.add_task("rebuild", total=None)

        def tell(text: str) -> None:
            progress.update(task, description=escape(text[:70]))

        try:
            with local.only_one(EmbeddedAirflow(deployment.settings)):
                summary = rebuild_warehouse(
                    deployment.settings,
                    deployment.catalogue,
                    deployment.ledger,
                    deployment.store,
                    tell,
                )
                built = MartsWork(deployment).build(everything=True, tell=tell)
                tell("publishing")
                path = publish(deployment.settings)
        except (local.BusyError, WarehouseBusyError, MartsError) as error:
            raise UserError(str(error), PROBLEMS) from error
    out().print(
        f"{sum(summary.rows.values()):,} rows of {len(summary.rows)} datasets, {built.models} models → {shown(path)}"
    )
    for name in summary.without_contract:
        out().print(f"[yellow]left out[/] {name}: it has accepted deliveries but no contract")


def up(
    port: Annotated[
        int | None,
        typer.Option(
            help=f"Port of the web interface; default: {DEFAULT_PORT} or the next free one."
        ),
    ] = None,
) -> None:
    """Start a local Airflow on 127.0.0.1 and keep it running until Ctrl-C.

    The scheduler looks at the inbox every XIANTONG_INTAKE_SECONDS (300) and does the rest.

    [cyan]xiantong up[/]

    [cyan]XIANTONG_INTAKE_SECONDS=30 xiantong up --port 9000[/]
    """
    from xiantong.supervisor import Supervisor, free_port, is_free

    settings = Settings()
    if port is not None and not is_free(port):
        raise UserError(f"port {port} is taken; choose another one with --port")
    chosen = port or free_port(DEFAULT_PORT)
    embedded = EmbeddedAirflow(settings)
    console = err()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with local.only_one(embedded):
            supervisor = Supervisor(
                embedded, chosen, lambda line: console.print(f"[yellow]{escape(line)}[/]")
            )
            with console.status("preparing the Airflow database"):
                supervisor.prepare()
            try:
                _supervise(supervisor, embedded, chosen, stop)
            finally:
                console.print("stopping …")
                supervisor.stop()
                console.print("stopped")
    except local.BusyError as error:
        raise UserError(str(error), PROBLEMS) from error
    except subprocess.CalledProcessError as error:
        raise UserError(
            f"the Airflow database cannot be prepared; see {embedded.logs / 'database.log'}",
            PROBLEMS,
        ) from error


def _supervise(
    supervisor: Any, embedded: EmbeddedAirflow, port: int, stop: threading.Event
) -> None:
    console = err()
    console.print(
        f"Airflow     [cyan]http://127.0.0.1:{port}[/]\n"
        f"user        [cyan]{ADMIN}[/]\n"
        f"password    [cyan]{escape(embedded.admin_password())}[/]  (kept in {shown(embedded.passwords_file)})\n"
        f"reporters   [cyan]http://127.0.0.1:{port}/xiantong/[/]{_people_line(embedded)}\n"
        f"inbox       {shown(embedded.settings.inbox)}\n"
        f"logs        {shown(embedded.logs)}\n"
        f"Ctrl-C stops everything."
    )
    before: dict[str, str] = {}
    missed = 0
    next_look = 0.0
    while not stop.wait(0.5):
        supervisor.look()
        if time.monotonic() < next_look:
            continue
        health = supervisor.health()
        # A busy machine answers late now and then; three times is worth a line.
        missed = 0 if health else missed + 1
        if health != before and (health or missed == 3):
            console.print(f"{datetime.now():%H:%M:%S}  {_health_line(health)}")
            before = health
        next_look = time.monotonic() + 5


def _people_line(embedded: EmbeddedAirflow) -> str:
    """Users of people.csv with their passwords: this Airflow serves one machine and its guests."""
    passwords = embedded.passwords()
    return "".join(
        f"\n            {escape(user)}  [cyan]{escape(passwords[user])}[/]"
        for user in embedded.users()
        if user != ADMIN
    )


def _health_line(health: dict[str, str]) -> str:
    if not health:
        return "[yellow]the API server does not answer[/]"
    return "  ".join(
        f"[{'green' if state == 'healthy' else 'red'}]{name.replace('_', ' ')} {state}[/]"
        for name, state in health.items()
    )
