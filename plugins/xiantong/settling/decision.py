"""The decision about each submission, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from xiantong.answers import duplicate_sentence
from xiantong.closing.closed import sent_back
from xiantong.contracts.model import Contract, Severity
from xiantong.delivered import Envelope
from xiantong.explanations import without_empty_talk
from xiantong.findings import CheckedSubmission, Finding
from xiantong.ledger.closings import Closing
from xiantong.ledger.model import Delivery, Status, Submission
from xiantong.periods import Period
from xiantong.verdict import Outcome, is_identified, judge

DueDate = Callable[[Period, str | None, datetime], date | None]
FindClosing = Callable[[Period, str, datetime], Closing | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """A submission as it will be recorded, with the check that led to it."""

    submission: Submission
    checked: CheckedSubmission

    @property
    def candidate(self) -> Path:
        """Typed rows of an accepted submission."""
        if self.checked.candidate is None:
            raise ValueError(f"{self.submission.id} has no rows to accept")
        return self.checked.candidate

    def with_lake_file(self, key: str, rows: int) -> Decision:
        submission = replace(self.submission, lake_key=key, accepted_row_cnt=rows)
        return replace(self, submission=submission)


class Decider:
    """Decides submissions of one dataset one after the other.

    ``latest`` are the newest revisions of the periods concerned, as the ledger has them.
    ``due_date`` gives the due date of a period and reporter as it was known at a moment, ``closing``
    the closing that held at a moment, ``was_accepted`` whether a report has an accepted revision.
    """

    def __init__(
        self,
        contract: Contract,
        latest: Iterable[Submission],
        now: datetime,
        due_date: DueDate,
        closing: FindClosing = lambda period, reporter, at: None,
        was_accepted: Callable[[Period, str], bool] = lambda period, reporter: False,
    ) -> None:
        self._contract = contract
        self._closing = closing
        self._was_accepted = was_accepted
        self._latest = {(s.period, s.reporter_code): s for s in latest}
        self._now = now
        self._due_date = due_date

    def decide_all(
        self, checked: Iterable[CheckedSubmission], deliveries: Mapping[str, Delivery]
    ) -> list[Decision]:
        """Decide in order of period and time of delivery, whatever order the batches had."""
        return [self.decide(c, deliveries[c.submission_id]) for c in sorted(checked, key=_order)]

    def decide(self, checked: CheckedSubmission, delivery: Delivery) -> Decision:
        checked = self._with_closing(without_empty_talk(checked), delivery)
        envelope = checked.envelope
        verdict = judge(self._contract, checked)
        identified = is_identified(envelope)
        accepted = (
            identified and verdict.outcome is not Outcome.RETURNED and checked.candidate is not None
        )
        submission = Submission(
            id=checked.submission_id,
            dataset=checked.dataset,
            file_name=delivery.name,
            sha256=delivery.sha256,
            content_digest=checked.content_digest,
            explanation_digest=checked.explanation_digest,
            status=Status.ACCEPTED if accepted else Status.RETURNED,
            revision=None,
            period=envelope.period,
            reporter_code=envelope.reporter_code,
            reporter_area_code=envelope.reporter_area_code,
            reporter_name=envelope.reporter_name,
            submitted_at=_utc(envelope.submitted_at),
            settled_at=self._now,
            accepted_at=self._now if accepted else None,
            due_at=self._due(envelope),
            row_cnt=checked.row_count,
            bad_row_cnt=checked.bad_row_count,
            error_cnt=checked.count(Severity.ERROR),
            warning_cnt=checked.count(Severity.WARNING),
            explained_cnt=checked.count(Severity.WARNING) - verdict.unexplained,
            wants_return=not accepted or verdict.outcome is not Outcome.ACCEPTED,
            filler_name=envelope.filler_name,
            reviewer_name=envelope.reviewer_name,
            unit_head_name=envelope.unit_head_name,
            rule_counts=checked.rule_counts,
            cells=checked.cells,
        )
        if identified:
            submission = self._number(submission, checked.empty_talk)
        if submission.status is Status.DUPLICATE:
            checked = self._with_answer(submission, checked)
        return Decision(submission, checked)

    def _due(self, envelope: Envelope) -> date | None:
        if envelope.period is None:
            return None
        return self._due_date(envelope.period, envelope.reporter_code, _utc(envelope.submitted_at))

    def _with_closing(self, checked: CheckedSubmission, delivery: Delivery) -> CheckedSubmission:
        """With a finding where the period was closed when the delivery came to us. What the file
        itself says of its time does not count: a copy may be as old as it likes."""
        period, reporter = checked.envelope.period, checked.envelope.reporter_code
        if period is None or not reporter:
            return checked
        closing = self._closing(period, reporter, delivery.received_at)
        if closing is None:
            return checked
        is_first = not self._was_accepted(period, reporter)
        return sent_back(self._contract, checked, closing, is_first)

    def _with_answer(self, submission: Submission, checked: CheckedSubmission) -> CheckedSubmission:
        """In place of findings that were told before, which file this one repeats."""
        earlier = self._latest[submission.period, submission.reporter_code]
        answer = Finding(
            rule_id=f"{self._contract.id}.auto_repeated",
            severity=Severity.INFO,
            message_zh=duplicate_sentence(submission, earlier),
        )
        return replace(checked, findings=(answer,))

    def _number(self, submission: Submission, empty_talk: bool) -> Submission:
        """Give the next revision, or find that the submission brings nothing new."""
        key = submission.period, submission.reporter_code
        latest = self._latest.get(key)
        if latest is not None and _brings_nothing_new(submission, latest, empty_talk):
            return replace(
                submission,
                status=Status.DUPLICATE,
                duplicate_of=latest.id,
                accepted_at=None,
                wants_return=False,
            )
        revision = (latest.revision or 0) + 1 if latest is not None else 1
        self._latest[key] = numbered = replace(submission, revision=revision)
        return numbered


def _brings_nothing_new(submission: Submission, latest: Submission, empty_talk: bool) -> bool:
    """Same content as the latest revision, and nothing would become of it that has not already.

    What was returned may come again unchanged and still be news: with explanations, or after the
    other department has delivered what it refers to. An explanation is content: whoever only added
    one brings something new, also where the data or even the file stayed the same. Whoever wrote an
    explanation that explains nothing hears about it.
    """
    same_content = submission.sha256 == latest.sha256 or (
        bool(submission.content_digest) and submission.content_digest == latest.content_digest
    )
    explained = submission.explanation_digest, latest.explanation_digest
    if None not in explained and explained[0] != explained[1]:
        return False
    if latest.status is Status.ACCEPTED or not same_content:
        return same_content
    if empty_talk and submission.sha256 != latest.sha256:
        return False
    return (
        submission.status is Status.RETURNED
        and submission.rule_counts == latest.rule_counts
        and submission.explained_cnt == latest.explained_cnt
    )


def _order(checked: CheckedSubmission) -> tuple[bool, date, date, datetime, str]:
    envelope = checked.envelope
    period = envelope.period
    return (
        period is None,
        period.start if period else date.min,
        period.end if period else date.min,
        _utc(envelope.submitted_at),
        checked.submission_id,
    )


def _utc(moment: datetime) -> datetime:
    """UTC without a zone, as everywhere in the ledger."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
