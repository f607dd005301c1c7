"""Submissions: the list of what was handed in, and one of them with everything about it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from xiantong.contracts.model import Severity
from xiantong.differences import Difference, DifferenceError, read_difference
from xiantong.findings import CheckedSubmission, Finding
from xiantong.ledger import Status, Submission
from xiantong.names import DatasetId
from xiantong.returns import findings_csv_path
from xiantong.returns.entries import ordered, write_findings_csv
from xiantong.settling.completion import as_checked
from xiantong.store import StoreError
from xiantong.verdict import judge
from xiantong.web.downloads import CSV, XLSX, attachment, file_attachment
from xiantong.web.listing import listing
from xiantong.web.pages import department_names, render
from xiantong.web.routes.forms import wanted_period
from xiantong.web.security import KnownSenderRoute, PersonDep, SiteDep, contract_for, submission_for
from xiantong.web.site import Site

router = APIRouter(route_class=KnownSenderRoute)

PER_PAGE = 50
SHOWN_CHANGES = 50


@router.get("/submissions")
def submissions(
    request: Request,
    person: PersonDep,
    site: SiteDep,
    dataset: Annotated[str, Query(max_length=120)] = "",
    period: Annotated[str, Query(max_length=10)] = "",
    status: Annotated[str, Query(max_length=10)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """What was handed in, the latest decision first."""
    own = {c.id: c for c in site.deployment.catalogue.contracts.values() if person.reports(c)}
    datasets = set(own)
    wanted = None
    if dataset:
        contract = contract_for(person, site, dataset)
        datasets, wanted = {contract.id}, wanted_period(contract, period)
    if status and status not in set(Status):
        raise HTTPException(422, "没有这种结论")
    found = site.deployment.ledger.recent(
        datasets=datasets,
        reporter=person.reporter_code,
        period=wanted,
        status=Status(status) if status else None,
        with_unnamed=person.sees_unnamed,
        limit=PER_PAGE + 1,
        offset=(page - 1) * PER_PAGE,
    )
    visible = [s for s in found if person.may_see(own[s.dataset], s.reporter_code)]
    return render(
        request,
        "submissions.html",
        submissions=visible[:PER_PAGE],
        several=person.is_office or any(s.reporter_code != person.reporter_code for s in visible),
        waiting=_waiting(site, datasets) if page == 1 else {},
        more=len(found) > PER_PAGE,
        page=page,
        contracts=own,
        departments=department_names(site.deployment.catalogue),
        dataset=dataset,
        period=period,
        status=status,
    )


@router.get("/submissions/{submission_id}")
def submission(
    request: Request,
    submission_id: str,
    person: PersonDep,
    site: SiteDep,
    rule: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """One submission: the decision, its findings, its revisions."""
    found, contract = submission_for(person, site, submission_id)
    findings = _findings(site, found)
    revisions = _revisions(site, found)
    newer = _newer(revisions, found)
    shown = [f for f in findings if rule in ("", f.rule_id)]
    return render(
        request,
        "submission.html",
        submission=found,
        contract=contract,
        verdict=judge(contract, as_checked(found, findings)),
        listed=listing(shown, found.row_cnt),
        total=len(shown),
        rules=_rules(findings, found),
        rule=rule,
        has_return=_return_path(site, found) is not None,
        revisions=revisions,
        newer=newer,
        difference=_difference(site, found),
        same_as=_same_as(site, found),
        resubmit=newer is None and (found.status is Status.RETURNED or found.wants_return),
    )


@router.get("/submissions/{submission_id}/original")
def original(submission_id: str, person: PersonDep, site: SiteDep) -> Response:
    """The file exactly as it was handed in."""
    found, _ = submission_for(person, site, submission_id)
    try:
        path = site.deployment.store.original_path(found.sha256, found.file_name)
    except StoreError as error:
        raise HTTPException(404, "原件不在存储中，请联系县统计数据室") from error
    return file_attachment(path, found.file_name)


@router.get("/submissions/{submission_id}/return")
def return_workbook(submission_id: str, person: PersonDep, site: SiteDep) -> Response:
    """The reporter's workbook with its findings marked."""
    found, _ = submission_for(person, site, submission_id)
    path = _return_path(site, found)
    if path is None:
        raise HTTPException(404, "这份报送没有退回表")
    return file_attachment(path, f"退回_{Path(found.file_name).stem}.xlsx", XLSX)


@router.get("/submissions/{submission_id}/findings.csv")
def findings_csv(submission_id: str, person: PersonDep, site: SiteDep) -> Response:
    """All findings as CSV, for when there are too many for a page."""
    found, _ = submission_for(person, site, submission_id)
    name = f"审核意见_{Path(found.file_name).stem}.csv"
    path = _return_path(site, found)
    if path is not None and (attached := findings_csv_path(path)).exists():
        return file_attachment(attached, name, CSV)
    with tempfile.TemporaryDirectory(prefix="xiantong-findings-") as folder:
        out = Path(folder) / "findings.csv"
        write_findings_csv(recorded(site, found), out)
        return attachment(out.read_bytes(), name, CSV)


def recorded(site: Site, submission: Submission) -> CheckedSubmission:
    """What the check found, as the ledger remembers it."""
    return as_checked(submission, _findings(site, submission))


def _findings(site: Site, submission: Submission) -> list[Finding]:
    return ordered([r.finding for r in site.deployment.ledger.findings([submission])])


def _rules(
    findings: Sequence[Finding], submission: Submission
) -> list[tuple[str, Severity, str, int]]:
    """Violated rules with severity, message and true number, in the order of the findings."""
    first = {finding.rule_id: finding for finding in reversed(findings)}
    listed = Counter(finding.rule_id for finding in findings)
    order = sorted(first, key=lambda rule: findings.index(first[rule]))
    return [
        (rule, first[rule].severity, first[rule].message_zh,
         max(listed[rule], submission.rule_counts.get(rule, 0)))
        for rule in order
    ]  # fmt: skip


def _difference(site: Site, submission: Submission) -> Difference | None:
    """What changed against the revision before; None for a first one."""
    try:
        return read_difference(site.deployment, submission.id, limit=SHOWN_CHANGES)
    except DifferenceError:
        return None


def _revisions(site: Site, submission: Submission) -> list[Submission]:
    """All submissions of the same report, the newest first."""
    if submission.period is None or submission.reporter_code is None:
        return [submission]
    found = site.deployment.ledger.submissions(
        submission.dataset, period=submission.period, reporter=submission.reporter_code
    )
    return sorted(found, key=lambda s: (s.submitted_at, s.settled_at), reverse=True)


def _newer(revisions: Sequence[Submission], submission: Submission) -> Submission | None:
    """The newest revision of the report where it is another one than this; duplicates change nothing."""
    newest = next((s for s in revisions if s.status is not Status.DUPLICATE), None)
    is_newer = newest is not None and (newest.revision or 0) > (submission.revision or 0)
    return newest if is_newer and submission.status is not Status.DUPLICATE else None


def _same_as(site: Site, submission: Submission) -> Submission | None:
    if submission.duplicate_of is None:
        return None
    return site.deployment.ledger.submission(submission.duplicate_of)


def _return_path(site: Site, submission: Submission) -> Path | None:
    if submission.return_key is None:
        return None
    path = site.settings.returns / submission.return_key
    return path if path.is_file() else None


def _waiting(site: Site, datasets: set[DatasetId]) -> dict[DatasetId, int]:
    """Deliveries that arrived and are not decided yet."""
    ledger = site.deployment.ledger
    waiting = datasets & set(ledger.waiting())
    counts = {dataset: len(ledger.pending(dataset)) for dataset in sorted(waiting)}
    return {dataset: count for dataset, count in counts.items() if count}
