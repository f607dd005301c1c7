"""What follows from recorded decisions: rows in the warehouse, workbooks for the reporters."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
# Together with period and revision they stay below the 255 bytes of a file name.
_LONGEST_CODE_BYTES, _LONGEST_NAME_BYTES = 60, 120


@dataclass(frozen=True, slots=True)
class Completion:
    """What follows from the recorded decisions of one dataset. Every step does what the ledger does not
    say is done, so that it may be repeated. ``now`` in UTC without a zone."""

    ledger: Ledger
    store: Store
    catalogue: Catalogue
    contract: Contract
    settings: Settings
    now: datetime
    progress: Callable[[str], None]

    def write_differences(self) -> None:
        """Compute what later revisions changed. One that fails keeps back nothing else."""
        if not Differences(self.ledger).missing(self.contract.id):
            return
        from xiantong.differences import record_differences

        record_differences(
            self.ledger, self.store, self.catalogue, self.contract, self.now, self.progress
        )

    def load_accepted_rows(self) -> None:
        """Load what the ledger has accepted and the warehouse has not received, all in one go."""
        dataset = self.contract.id
        if not self.ledger.unloaded(dataset):
            return
        from xiantong.warehouse import open_warehouse, warehouse_contents

        with warehouse_contents(self.ledger):
            # A rebuild that we waited for has loaded them too.
            unloaded = self.ledger.unloaded(dataset)
            if not unloaded:
                return
            with open_warehouse(self.settings.warehouse_url) as warehouse:
                rows = warehouse.load_accepted(self.contract, unloaded, self.store)
            self.progress(f"{dataset}: {rows} rows loaded")
            self.ledger.mark_loaded([s.id for s in unloaded], self.now)
            self.progress(f"{dataset}: loading recorded")

    def write_returns(self) -> dict[str, str]:
        """Write every outstanding return; one that fails does not keep back the others.

        Returns submission ids with the kind of failure. What the failure says is not passed on: it may
        quote what was delivered.
        """
        outstanding = self.ledger.without_return(self.contract.id)
        findings = _findings(self.ledger, outstanding)
        failed = {}
        for submission in outstanding:
            try:
                key = self._write_return(submission, findings.get(submission.id, ()))
            except (OSError, MemoryError):
                raise  # the machine's fault, and the same for all of them
            except Exception as error:
                failed[submission.id] = type(error).__name__
                log.error(
                    "%s: no return for submission %s: %s",
                    self.contract.id, submission.id, type(error).__name__,
                )  # fmt: skip
                continue
            self.progress(f"{self.contract.id}: return of {submission.id} written")
            self.ledger.mark_returned(submission.id, key)
            self.progress(f"{self.contract.id}: return of {submission.id} recorded")
        return failed

    def _write_return(self, submission: Submission, findings: Iterable[Finding]) -> str:
        """Returns its place below the returns folder."""
        from xiantong.returns import write_return

        out = self.settings.returns / return_key(submission)
        out.parent.mkdir(parents=True, exist_ok=True)
        checked = without_empty_talk(as_checked(submission, findings))
        original = self.store.original_path(submission.sha256, submission.file_name)
        written = write_return(
            original, self.contract, self.catalogue, checked, out, name=submission.file_name
        )
        return written.relative_to(self.settings.returns).as_posix()


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
    or reporter are unknown, or the code of the reporter had to be changed, the submission's own id
    keeps names apart: no return may lie where another reporter's is expected.
    """
    revision = f"r{submission.revision}" if submission.revision else submission.id[:12]
    code = submission.reporter_code or "报送单位未识别"
    word = _file_word(code, _LONGEST_CODE_BYTES)
    parts = (
        submission.period.label if submission.period else "报告期未识别",
        word if word == code else f"{word}-{submission.id[:12]}",
        revision,
        _file_word(Path(submission.file_name).stem, _LONGEST_NAME_BYTES),
    )
    return str(PurePosixPath(submission.dataset.folder.as_posix()) / f"{'_'.join(parts)}.xlsx")


def _file_word(text: str, longest: int) -> str:
    """``text`` as a part of a file name of at most ``longest`` bytes."""
    word = _UNSAFE.sub("-", text).strip(".-") or "-"
    return word.encode()[:longest].decode(errors="ignore")
