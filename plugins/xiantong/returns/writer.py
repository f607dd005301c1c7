"""``write_return``: which kind of workbook a delivery comes back as."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, LoadMode, Severity
from xiantong.county_time import county_time
from xiantong.findings import CheckedSubmission
from xiantong.periods import written_period
from xiantong.returns.entries import (
    InPlace,
    Locator,
    entries,
    is_grouped,
    marks,
    write_findings_csv,
)
from xiantong.returns.errors import UnpatchableError, UnreadableError
from xiantong.returns.package import WorkbookPatch, write_workbook
from xiantong.returns.review import MARK_COLOURS, NAME, Review, review_sheet
from xiantong.returns.rows import rebuild
from xiantong.returns.styles import StyleBook
from xiantong.verdict import Outcome, Verdict, judge

REVIEW_SHEET = NAME


def write_return(
    original: Path,
    contract: Contract,
    catalogue: Catalogue,
    submission: CheckedSubmission,
    out: Path,
    *,
    name: str | None = None,
    verdict: Verdict | None = None,
) -> Path:
    """Write the reporter's workbook with the findings marked; returns its path (always ``.xlsx``).

    An xlsx original keeps everything it has; other formats become a matching workbook; where the
    original cannot be opened the review stands alone. ``name`` is the file name that the reporter
    knows, ``verdict`` the decision where the caller has already taken it. More findings than a
    person reads are attached as ``<out>.findings.csv``. The same input gives the same bytes.
    """
    out = out if out.suffix == ".xlsx" else out.with_name(f"{out.name}.xlsx")
    out.parent.mkdir(parents=True, exist_ok=True)
    job = _Job(
        original, contract, catalogue, submission,
        verdict or judge(contract, submission), name or original.name,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix=".return-", dir=out.parent) as folder:
        result = Path(folder) / "return.xlsx"
        _write(job, Path(folder) / "rows.xlsx", result)
        if is_grouped(submission):
            attached = Path(folder) / "findings.csv"
            write_findings_csv(submission, attached)
            attached.replace(findings_csv_path(out))
        result.replace(out)
    return out


def findings_csv_path(out: Path) -> Path:
    """Where the list of all findings is attached when there are too many for the review."""
    return out.with_name(f"{out.name}.findings.csv")


@dataclass(frozen=True)
class _Job:
    original: Path
    contract: Contract
    catalogue: Catalogue
    submission: CheckedSubmission
    verdict: Verdict
    name: str


def _write(job: _Job, rows: Path, result: Path) -> None:
    if any(f.rule_id.endswith(".auto_file_damaged") for f in job.submission.findings):
        _write_alone(job, result)  # a marked copy of a damaged workbook would be damaged too
        return
    try:
        patch = WorkbookPatch(job.original)
        locator = InPlace(job.submission.cells, patch.sheet_names)
        _mark(job, patch, locator, _advice(job), result)
    except UnpatchableError:
        try:
            rebuilt = rebuild(job.original, job.contract, job.submission, rows, _titles(job))
            _mark(job, WorkbookPatch(rows), rebuilt.locator, _advice(job, rebuilt.whole), result)
        except (UnreadableError, UnpatchableError):
            _write_alone(job, result)


def _mark(job: _Job, patch: WorkbookPatch, locator: Locator, advice: str, result: Path) -> None:
    try:
        patch.write(
            result,
            lambda styles: review_sheet(_review(job, locator, advice), styles),
            marks(job.submission, job.contract, job.catalogue, locator),
            MARK_COLOURS,
        )
    finally:
        patch.close()


def _write_alone(job: _Job, result: Path) -> None:
    styles = StyleBook()
    review = _review(job, InPlace({}, ()), "原文件无法打开，请按下表检查后重新导出并报送。")
    write_workbook([(review_sheet(review, styles), styles)], result)


def _review(job: _Job, locator: Locator, advice: str) -> Review:
    envelope, contract = job.submission.envelope, job.contract
    period = written_period(envelope.period) if envelope.period else "未识别"
    facts = (
        f"报表：{contract.title_zh}（{contract.form_no}）　　填报单位：{_reporter(job)}　　报告期：{period}",
        f"报送文件：{job.name}　　报送时间：{county_time(envelope.submitted_at):%Y-%m-%d %H:%M}　　"
        f"数据行数：{job.submission.row_count:,}",
    )
    return Review(
        title=f"{contract.title_zh} · 审核意见",
        outcome=job.verdict.outcome,
        sentence=job.verdict.sentence_zh,
        facts=facts,
        advice=advice,
        entries=entries(job.submission, locator),
    )


def _reporter(job: _Job) -> str:
    envelope = job.submission.envelope
    return (
        job.catalogue.reporter_name(envelope.reporter_code)
        or envelope.reporter_name
        or envelope.reporter_code
        or "未识别"
    )


def _advice(job: _Job, whole: bool = True) -> str:
    if job.verdict.outcome is Outcome.ACCEPTED:
        return "无需处理。如有更正，请整份重新报送，系统按新版次保存。"
    where = (
        "请在数据表上改正有颜色的单元格（批注写有原因和改法）；"
        f"{Severity.WARNING.problem('zh')}属实的，请在「说明」列写明具体原因。"
    )
    attached = (
        "问题较多，下表按规则汇总，全部明细见随附的 CSV 文件。"
        if is_grouped(job.submission)
        else ""
    )
    return where + attached + _how_to_send(job, whole)


def _how_to_send(job: _Job, whole: bool) -> str:
    if job.verdict.outcome is Outcome.PARTIAL and job.contract.load_mode is not LoadMode.SNAPSHOT:
        return "改正后只需报送退回的行。"
    if whole:
        return "改正后将本文件整份重新报送即可。"
    return "本文件只列出有问题的行，请在原系统中改正后重新导出全部数据报送，不要只报送本文件。"


def _titles(job: _Job) -> list[str]:
    envelope = job.submission.envelope
    period = f"报告期：{written_period(envelope.period)}" if envelope.period else ""
    return [
        job.contract.title_zh,
        f"表号：{job.contract.form_no}",
        f"填报单位：{_reporter(job)}　　{period}",
    ]
