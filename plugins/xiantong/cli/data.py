"""Commands that look at data: one file, who delivered what, the published snapshot."""

from __future__ import annotations

import csv
import math
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from xiantong import __version__
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
from xiantong.contracts.model import Contract, Severity
from xiantong.county_time import county_today, utc_now
from xiantong.delivered import NOT_DELIVERED, DeliveryFile
from xiantong.deployment import Deployment
from xiantong.findings import CheckedSubmission, Finding
from xiantong.names import DatasetId
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.periods import Period
    from xiantong.reporting_calendar import StatusRow

SEVERITY_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def check(
    file: Annotated[
        Path, typer.Argument(help="The form, CSV or JSON to look at.", show_default=False)
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            "-d",
            help="Dataset id, such as energy.power_unit; without it the form number (表号), the "
            "folders or the file name tell.",
        ),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            help="Period, where the file does not say it: 2023-10, 2023-Q3, 2023-S2, 2023."
        ),
    ] = None,
    reporter: Annotated[
        str | None, typer.Option(help="Reporter code, where the file does not say it.")
    ] = None,
    explanations: Annotated[
        Path | None,
        typer.Option(help="List of explanations; default: the one that lies beside the file."),
    ] = None,
    return_path: Annotated[
        Path | None,
        typer.Option("--return", help="Also write the workbook with the marked cells."),
    ] = None,
    limit: Annotated[
        int, typer.Option(help="Findings shown per rule (all of them with --json).")
    ] = 10,
    as_json: AsJson = False,
) -> None:
    """Check one file exactly as the server would; nothing is stored.

    Where this home has accepted deliveries, the file is compared with earlier periods and other
    datasets too. Exit status 1 when there are errors or warnings without an explanation.

    [cyan]xiantong check 2023-10.xlsx --dataset energy.power_unit[/]

    [cyan]xiantong check 2023-10.xlsx --return 审核意见.xlsx[/]     what the reporter would get

    [cyan]xiantong check rows.json -d energy.meter_reading --json | jq '.findings[0]'[/]
    """
    deployment = Deployment(Settings())
    chosen = contract_of(deployment.catalogue, dataset) if dataset else None
    for path in (file, explanations):
        if path is not None and not path.is_file():
            raise UserError(f"there is no file {path}")
    contract = chosen or _recognised(deployment, file)
    source = DeliveryFile(
        submission_id=NOT_DELIVERED,
        dataset=contract.id,
        path=file.absolute(),
        name=file.name,
        submitted_at=utc_now(),
        period=period_of(period),
        reporter_code=reporter,
        sidecar=explanations or _beside(file),
    )
    with tempfile.TemporaryDirectory(prefix="xiantong-check-") as work:
        checked = _check_one(deployment, contract, source, Path(work))
    written = _write_return(deployment, contract, source, checked, return_path)
    if as_json:
        print_json(_check_report(file, checked))
    else:
        _show_findings(file, contract, checked, limit)
    for path in written:
        err().print(f"{shown(path)}  审核意见", style="green")
    if checked.count(Severity.ERROR) or _open_warnings(checked):
        raise typer.Exit(PROBLEMS)


def _recognised(deployment: Deployment, file: Path) -> Contract:
    from xiantong.parsing import recognise_dataset

    contract = recognise_dataset(file, deployment.catalogue)
    if contract is None:
        raise UserError(
            f"{file.name} does not say which dataset it is (no form number 表号 that any contract "
            "has); add --dataset, such as --dataset energy.power_unit"
        )
    return contract


def _beside(file: Path) -> Path | None:
    """The list of explanations that lies beside the file, as in the inbox."""
    from xiantong.sources.sidecars import sidecar_of

    name = sidecar_of(file.name, {path.name for path in file.absolute().parent.iterdir()})
    return file.with_name(name) if name else None


def _write_return(
    deployment: Deployment,
    contract: Contract,
    source: DeliveryFile,
    checked: CheckedSubmission,
    target: Path | None,
) -> list[Path]:
    """Write the marked workbook; returns it and, where it is long, the attached list."""
    if target is None:
        return []
    if target.exists() and target.samefile(source.path):
        raise UserError(f"--return {target} is the checked file itself; name another one")
    from xiantong.returns import findings_csv_path, write_return

    with err().status("writing the return"):
        written = write_return(source.path, contract, deployment.catalogue, checked, target)
    return [path for path in (written, findings_csv_path(written)) if path.exists()]


def _check_one(
    deployment: Deployment, contract: Contract, source: DeliveryFile, work: Path
) -> CheckedSubmission:
    from xiantong import steps

    with err().status(f"reading {source.name}") as status:
        token = steps.progress.set(status.update)
        try:
            return steps.check_alone(deployment, contract, source, work)
        finally:
            steps.progress.reset(token)


def _open_warnings(checked: CheckedSubmission) -> int:
    from xiantong.returns.verdict import unexplained_count

    return unexplained_count(checked)


def _check_report(file: Path, checked: CheckedSubmission) -> dict[str, Any]:
    """The report for scripts: event, data, rules and findings of the ESS validation vocabulary, with
    the names that Frictionless gives to places."""
    errors = checked.count(Severity.ERROR)
    unexplained = _open_warnings(checked)
    return {
        "event": {"actor": "xiantong", "version": __version__, "time": datetime.now(UTC)},
        "dataset": str(checked.dataset),
        "file": str(file),
        "period": checked.envelope.period and str(checked.envelope.period),
        "reporter_code": checked.envelope.reporter_code,
        "reporter_name": checked.envelope.reporter_name,
        "rows": checked.row_count,
        "bad_rows": checked.bad_row_count,
        "errors": errors,
        "warnings": checked.count(Severity.WARNING),
        "unexplained": unexplained,
        "is_valid": not errors and not unexplained,
        "valid": not errors and not unexplained,
        "rule_counts": checked.rule_counts,
        "rules": _rules(checked),
        "findings": [finding.as_json() for finding in checked.findings],
    }


def _rules(checked: CheckedSubmission) -> list[dict[str, Any]]:
    """One entry per violated rule with its true number of violations."""
    first = {finding.rule_id: finding for finding in reversed(checked.findings)}
    listed = Counter(finding.rule_id for finding in checked.findings)
    return [
        {
            "rule": rule_id,
            "severity": str(finding.severity),
            "description": finding.message_zh,
            "value": "fail",
            "count": max(listed[rule_id], checked.rule_counts.get(rule_id, 0)),
        }
        for rule_id, finding in sorted(first.items())
    ]


def _show_findings(file: Path, contract: Contract, checked: CheckedSubmission, limit: int) -> None:
    console = out()
    envelope = checked.envelope
    console.print(
        f"[bold]{escape(contract.title_zh)}[/] {contract.id}  报告期 {envelope.period or '？'}  "
        f"填报单位 {escape(envelope.reporter_name or envelope.reporter_code or '？')}  "
        f"{checked.row_count} 行  {shown(file)}"
    )
    if not checked.findings:
        console.print("[green]未发现问题。[/]")
        return
    table = Table("级别", "位置", "项目", "值", "问题", "如何改正")
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in checked.findings:
        by_rule[finding.rule_id].append(finding)
    order = list(Severity)
    for rule_id, findings in sorted(by_rule.items(), key=lambda i: order.index(i[1][0].severity)):
        for finding in findings[:limit]:
            table.add_row(
                f"[{SEVERITY_STYLE[finding.severity]}]{finding.severity.name_zh}[/]",
                escape(_place(finding)),
                escape(finding.header or finding.column or ""),
                escape(finding.value or ""),
                escape(finding.message_zh),
                escape(
                    f"已说明{'（沿用此前）' if finding.carried_from else ''}：{finding.explanation}"
                    if finding.explanation
                    else finding.fix_zh
                ),
            )
        more = checked.rule_counts.get(rule_id, len(findings)) - len(findings[:limit])
        if more > 0:
            table.add_row(
                "", "", "", "", f"[dim]……同类问题还有 {more} 处（{escape(rule_id)}）[/]", ""
            )
    console.print(table)
    console.print(
        f"强制性 [red]{checked.count(Severity.ERROR)}[/] 处，核实性 "
        f"[yellow]{checked.count(Severity.WARNING)}[/] 处（待说明 {_open_warnings(checked)} 处）"
    )


def _place(finding: Finding) -> str:
    place = finding.cell or (f"第{finding.row}行" if finding.row else "")
    return (
        f"{finding.sheet}!{place}" if finding.sheet and place else place or finding.sheet or "全表"
    )


def status(
    period: Annotated[
        str | None, typer.Option(help="Only this period, one row per reporter.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", "-d", help="Only this dataset.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            help="Only this state: due, missing, arrived, returned, accepted, late, exempt."
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day to look from; default today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Who owes what, what came, and what became of it. Extensions, exemptions and closed periods of
    the county office count; days are days in the county.

    [cyan]xiantong status[/]                                counts per dataset

    [cyan]xiantong status --period 2023-10[/]               one row per dataset and reporter

    [cyan]xiantong status -d energy.power_unit --state missing[/]
    """
    from xiantong.reporting_calendar import State, read_board

    deployment = Deployment(Settings())
    catalogue = deployment.catalogue
    wanted = contract_of(catalogue, dataset).id if dataset else None
    if state and state not in set(State):
        raise UserError(f"{state!r} is not a state; there are: {', '.join(State)}")
    board = read_board(
        deployment,
        as_of.date() if as_of else county_today(),
        period_of(period),
        wanted,
    )
    rows: list[StatusRow] = [row for row in board if state is None or row.state == state]
    waiting = {}
    if deployment.has_ledger:
        waiting = {d: len(deployment.ledger.pending(d)) for d in deployment.ledger.waiting()}
    if as_json:
        print_json([_status_json(row) for row in rows])
    elif period or dataset or state:
        _show_status_rows(rows, waiting)
    else:
        _show_status_counts(rows, waiting)


def _status_json(row: StatusRow) -> dict[str, Any]:
    arrangement, closing = row.arrangement, row.closing
    return {
        "dataset": str(row.dataset),
        "title_zh": row.title_zh,
        "reporter_code": row.reporter_code,
        "reporter_name": row.reporter_name,
        "period": str(row.period),
        "due_at": row.due_at and str(row.due_at),
        "state": str(row.state),
        "days_late": row.days_late,
        "revision": row.revision,
        "submission_id": row.submission_id,
        "arrangement": arrangement and str(arrangement.kind),
        "arrangement_reason": arrangement and arrangement.reason,
        "closed_at": closing and closing.decided_at.isoformat(),
        "closed_because": closing and closing.reason,
    }


_STATE_STYLE = {"missing": "red", "returned": "yellow", "late": "yellow", "accepted": "green", "arrived": "cyan", "exempt": "blue"}  # fmt: skip


def _show_status_rows(rows: list[StatusRow], waiting: dict[DatasetId, int]) -> None:
    table = Table("dataset", "title", "period", "reporter", "due", "state", "days late", "revision", "office")  # fmt: skip
    for row in rows:
        table.add_row(
            str(row.dataset),
            escape(row.title_zh),
            str(row.period),
            escape(row.reporter_name or row.reporter_code or "—"),
            str(row.due_at or "—"),
            f"[{_STATE_STYLE.get(row.state, 'dim')}]{row.state}[/]",
            "" if row.days_late is None else str(row.days_late),
            str(row.revision or ""),
            _decided(row),
        )
    out().print(table if rows else "nothing to show")
    _show_waiting(waiting)


def _decided(row: StatusRow) -> str:
    """What the county office decided about a period and reporter."""
    parts = []
    if row.arrangement:
        granted = {"extend": "[blue]extended[/]", "exempt": "[blue]exempt[/]"}
        parts.append(f"{granted[row.arrangement.kind]} {escape(row.arrangement.reason)}")
    if row.closing:
        parts.append(f"[magenta]closed[/] {escape(row.closing.reason)}")
    return "; ".join(parts)


def _show_status_counts(rows: list[StatusRow], waiting: dict[DatasetId, int]) -> None:
    from xiantong.reporting_calendar import State

    states = [s for s in State if s is not State.NOT_DUE]
    table = Table("dataset", "title", "periods", *(str(s) for s in states))
    counts: dict[DatasetId, Counter[str]] = defaultdict(Counter)
    described: dict[DatasetId, tuple[str, list[Period]]] = {}
    for row in rows:
        counts[row.dataset][row.state] += 1
        described.setdefault(row.dataset, (row.title_zh, []))[1].append(row.period)
    for dataset, (title, periods) in described.items():
        first, last = min(periods), max(periods)
        cells = [
            f"[{_STATE_STYLE.get(s, 'dim')}]{n}[/]" if (n := counts[dataset][s]) else "·"
            for s in states
        ]
        span = str(first) if first == last else f"{first} … {last}"
        table.add_row(str(dataset), escape(title), span, *cells)
    out().print(table)
    _show_waiting(waiting)


def _show_waiting(waiting: dict[DatasetId, int]) -> None:
    for dataset, count in waiting.items():
        if count:
            out().print(f"[cyan]{count} deliveries of {dataset} wait for [bold]xiantong run[/][/]")


def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement.", show_default=False)],
    limit: Annotated[
        int, typer.Option(help="Rows shown in the terminal; --json and --csv give all.")
    ] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="An array of objects on stdout.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on stdout.")] = False,
) -> None:
    """Query the published snapshot, read-only. Works while the next build runs.

    [cyan]xiantong sql 'show all tables'[/]

    [cyan]xiantong sql 'select status, count(*) from marts.fct_submission group by 1' --json[/]
    """
    names, rows = _query(Settings().published, query)
    if as_json:
        print_json([dict(zip(names, map(_finite, row), strict=True)) for row in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(rows)
    else:
        table = Table(*(escape(name) for name in names))
        for row in rows[:limit]:
            table.add_row(*("[dim]null[/]" if v is None else escape(str(v)) for v in row))
        out().print(table)
        if len(rows) > limit:
            err().print(f"{len(rows) - limit} more rows; --limit, --csv or --json show them")


def _query(snapshot: Path, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    import duckdb

    if not snapshot.exists():
        raise UserError(
            f"nothing is published yet ({snapshot} does not exist); start with: xiantong run",
            PROBLEMS,
        )
    try:
        with duckdb.connect(
            str(snapshot), read_only=True, config={"enable_external_access": "false"}
        ) as connection:
            result = connection.execute(query)
            names = [column[0] for column in result.description or []]
            return _distinct(names), result.fetchall()
    except duckdb.Error as error:
        raise UserError(str(error)) from error


def _distinct(names: list[str]) -> list[str]:
    """Names of columns that can be keys of one object: a repeated one gets a number."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return distinct


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
