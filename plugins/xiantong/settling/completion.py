"""What follows from recorded decisions: rows in the warehouse, workbooks for the reporters."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.delivered import Envelope
from xiantong.explanations import without_empty_talk
from xiantong.findings import CheckedSubmission, Finding
from xiantong.ledger.differences import Differences
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Submission
from xiantong.settings import Settings
from xiantong.store import Store

log = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^\w.()（）·、，+-]+")
_LONGEST_NAME_BYTES = 120


def write_differences(
    ledger: Ledger,
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    now: datetime,
    progress: Callable[[str], None],
) -> None:
    """Compute what later revisions changed. One that fails keeps back nothing else."""
    if not Differences(ledger).missing(contract.id):
        return
    from xiantong.differences import record_differences

    record_differences(ledger, store, catalogue, contract, now, progress)


def load_accepted_rows(
    ledger: Ledger,
    store: Store,
    contract: Contract,
    settings: Settings,
    now: datetime,
    progress: Callable[[str], None],
) -> None:
    """Load what the ledger has accepted and the warehouse has not received, all in one go."""
    from xiantong.warehouse import open_warehouse

    unloaded = ledger.unloaded(contract.id)
    if not unloaded:
        return
    with open_warehouse(settings.warehouse_url) as warehouse:
        rows = warehouse.load_accepted(contract, unloaded, store)
    progress(f"{contract.id}: {rows} rows loaded")
    ledger.mark_loaded([s.id for s in unloaded], now)
    progress(f"{contract.id}: loading recorded")


def write_returns(
    ledger: Ledger,
    store: Store,
    catalogue: Catalogue,
    contract: Contract,
    settings: Settings,
    progress: Callable[[str], None],
) -> dict[str, str]:
    """Write every outstanding return; one that fails does not keep back the others.

    Returns submission ids with the kind of failure. What the failure says is not passed on: it may
    quote what was delivered.
    """
    outstanding = ledger.without_return(contract.id)
    if not outstanding:
        return {}
    from xiantong.returns import write_return

    findings = _findings(ledger, outstanding)
    failed = {}
    for submission in outstanding:
        key = return_key(submission)
        out = settings.returns / key
        out.parent.mkdir(parents=True, exist_ok=True)
        checked = without_empty_talk(as_checked(submission, findings.get(submission.id, ())))
        try:
            original = store.original_path(submission.sha256, submission.file_name)
            written = write_return(
                original, contract, catalogue, checked, out, name=submission.file_name
            )
        except (OSError, MemoryError):
            raise  # the machine's fault, and the same for all of them
        except Exception as error:
            failed[submission.id] = type(error).__name__
            log.error(
                "%s: no return for submission %s: %s",
                contract.id, submission.id, type(error).__name__,
            )  # fmt: skip
            continue
        progress(f"{contract.id}: return of {submission.id} written")
        ledger.mark_returned(submission.id, written.relative_to(settings.returns).as_posix())
        progress(f"{contract.id}: return of {submission.id} recorded")
    return failed


def _findings(ledger: Ledger, submissions: Iterable[Submission]) -> dict[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = {}
    for recorded in ledger.findings(submissions):
        grouped.setdefault(recorded.submission.id, []).append(recorded.finding)
    return grouped


def as_checked(submission: Submission, findings: Iterable[Finding]) -> CheckedSubmission:
    """The check result as the ledger remembers it: all that a return needs, without rows."""
    return CheckedSubmission(
        submission_id=submission.id,
        dataset=submission.dataset,
        envelope=Envelope(
            submitted_at=submission.submitted_at,
            period=submission.period,
            reporter_code=submission.reporter_code,
            reporter_area_code=submission.reporter_area_code,
            reporter_name=submission.reporter_name,
            filler_name=submission.filler_name,
            reviewer_name=submission.reviewer_name,
            unit_head_name=submission.unit_head_name,
        ),
        findings=tuple(findings),
        rule_counts=submission.rule_counts,
        row_count=submission.row_cnt,
        bad_row_count=submission.bad_row_cnt,
        good_rows=submission.row_cnt - submission.bad_row_cnt,
        content_digest=submission.content_digest,
        cells=submission.cells,
    )


def return_key(submission: Submission) -> str:
    """Place of a return below the returns folder:
    ``<department>/<dataset>/<period>_<reporter>_r<revision>_<name>.xlsx``.

    What comes from the delivery is reduced to characters that name a file everywhere. Where period
    or reporter are unknown, the submission's own id keeps names apart.
    """
    revision = f"r{submission.revision}" if submission.revision else submission.id[:12]
    parts = (
        submission.period.label if submission.period else "报告期未识别",
        _file_word(submission.reporter_code or "报送单位未识别"),
        revision,
        _file_word(Path(submission.file_name).stem),
    )
    return str(PurePosixPath(submission.dataset.folder.as_posix()) / f"{'_'.join(parts)}.xlsx")


def _file_word(text: str) -> str:
    word = _UNSAFE.sub("-", text).strip(".-") or "-"
    return word.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore")
