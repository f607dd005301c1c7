"""The command that checks one file as the server would."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from xiantong.cli.options import AsJson
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
from xiantong.county_time import utc_now
from xiantong.delivered import NOT_DELIVERED, DeliveryFile
from xiantong.deployment import Deployment
from xiantong.findings import CheckedSubmission, Finding
from xiantong.periods import written_period
from xiantong.settings import Settings

SEVERITY_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


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
    from xiantong.returns.report import check_report
    from xiantong.verdict import unexplained_count

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
        print_json(check_report(str(file), checked))
    else:
        _show_findings(file, contract, checked, limit)
    for path in written:
        err().print(f"{shown(path)}  审核意见", style="green")
    if checked.count(Severity.ERROR) or unexplained_count(checked):
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


def _show_findings(file: Path, contract: Contract, checked: CheckedSubmission, limit: int) -> None:
    from xiantong.verdict import unexplained_count

    console = out()
    envelope = checked.envelope
    console.print(
        f"[bold]{escape(contract.title_zh)}[/] {contract.id}  报告期 {written_period(envelope.period) if envelope.period else '？'}  "
        f"填报单位 {escape(envelope.reporter_name or envelope.reporter_code or '？')}  "
        f"{checked.row_count} 行  {shown(file)}"
    )
    if not checked.findings:
        console.print(f"[green]{'' if checked.row_count else '零报告，'}未发现问题。[/]")
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
        f"{Severity.ERROR.problem('zh')} [red]{checked.count(Severity.ERROR):,}[/] 处，"
        f"{Severity.WARNING.problem('zh')} [yellow]{checked.count(Severity.WARNING):,}[/] 处"
        f"（待说明 {unexplained_count(checked):,} 处）"
    )


def _place(finding: Finding) -> str:
    place = finding.cell or (f"第{finding.row}行" if finding.row else "")
    return (
        f"{finding.sheet}!{place}" if finding.sheet and place else place or finding.sheet or "全表"
    )
