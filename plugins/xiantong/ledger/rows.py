"""Between rows of the ledger and the data that others see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Row

from xiantong.contracts.model import Severity
from xiantong.findings import Finding
from xiantong.ledger.model import Delivery, DeliveryState, Record, Status, Submission
from xiantong.masking import MASK, has_identity, without_identity
from xiantong.names import DatasetId
from xiantong.periods import Period

_SAME_NAME = tuple(
    field.name
    for field in fields(Submission)
    if field.name not in {"dataset", "file_name", "sha256", "status", "period"}
)
# What a form says of its people is free text, too.
_SIGNATURES = frozenset({"filler_name", "reviewer_name", "unit_head_name", "reporter_name"})
_LONGEST_VALUE = 200


def _storable(text: str | None) -> str | None:
    """Text from outside, without what PostgreSQL or UTF-8 cannot hold."""
    if text is None:
        return None
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _shown_value(value: str | None) -> str | None:
    """A delivered value as it may be shown: hidden where it names a person, and never endless."""
    if value is None or has_identity(value):
        return value and MASK
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"


def _shown_message(finding: Finding) -> str:
    """The message with the value as it may be shown."""
    value, shown = finding.value, _shown_value(finding.value)
    text = finding.message_zh
    if value and shown and value != shown:
        text = text.replace(value, shown)
    return without_identity(text) or ""


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "dataset_id": str(delivery.dataset),
        "name": _storable(without_identity(delivery.name)),
        "sha256": delivery.sha256,
        "size": delivery.size,
        "modified_ns": delivery.modified_ns,
        "submitted_at": delivery.submitted_at,
        "received_at": delivery.received_at,
        "state": delivery.state.value,
        "sidecar_sha256": delivery.sidecar_sha256,
        "sidecar_name": _storable(without_identity(delivery.sidecar_name)),
    }


def to_delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    values = dict(row._mapping)
    dataset = DatasetId.parse(values.pop("dataset_id"))
    state = DeliveryState(values.pop("state"))
    return Delivery(dataset=dataset, state=state, **values)


def submission_values(submission: Submission) -> dict[str, Any]:
    values = {name: getattr(submission, name) for name in _SAME_NAME}
    texts = {name: _storable(value) for name, value in values.items() if isinstance(value, str)}
    texts |= {name: without_identity(texts.get(name)) for name in _SIGNATURES & texts.keys()}
    return (
        values
        | texts
        | {
            "dataset_id": str(submission.dataset),
            "status": submission.status.value,
            "period": submission.period.label if submission.period else None,
        }
    )


def to_submission(row: Row[*tuple[Any, ...]]) -> Submission:
    values = dict(row._mapping)
    dataset = DatasetId.parse(values.pop("dataset_id"))
    status = Status(values.pop("status"))
    period = values.pop("period")
    return Submission(
        dataset=dataset, status=status, period=Period(period) if period else None, **values
    )


def record_maker(names: Sequence[str]) -> Callable[[Row[*tuple[Any, ...]]], Record]:
    """Makes records of rows with the dataset in front and then ``names``; each dataset and period
    is read once, because there are many thousand rows of few of them."""
    dataset_of, period_of = cache(DatasetId.parse), cache(Period)
    status_of = {status.value: status for status in Status}

    def make(row: Row[*tuple[Any, ...]]) -> Record:
        values = dict(zip(names, row[1:], strict=True))
        values["status"] = status_of[values["status"]]
        if values["period"] is not None:
            values["period"] = period_of(values["period"])
        return Record(dataset=dataset_of(row[0]), **values)

    return make


def finding_values(submission_id: str, findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    for seq, finding in enumerate(findings, start=1):
        yield {
            "submission_id": submission_id,
            "seq": seq,
            "rule_id": finding.rule_id,
            "severity": finding.severity.value,
            "message_zh": _storable(_shown_message(finding)),
            "fix_zh": _storable(without_identity(finding.fix_zh)),
            "sheet": _storable(without_identity(finding.sheet)),
            "src_row": finding.row,
            "column_name": finding.column,
            "header_zh": finding.header,
            "cell": finding.cell,
            "value": _storable(_shown_value(finding.value)),
            "fingerprint": finding.fingerprint,
            "area_code": _storable(without_identity(finding.area_code)),
        }


def explanation_values(
    submission: Submission, findings: Sequence[Finding]
) -> Iterator[dict[str, Any]]:
    for seq, finding in enumerate(findings, start=1):
        if finding.explanation:
            yield {
                "submission_id": submission.id,
                "seq": seq,
                "text": _storable(without_identity(finding.explanation)),
                "given_at": submission.submitted_at,
                "carried_from": finding.carried_from,
            }


def to_finding(row: Row[*tuple[Any, ...]]) -> Finding:
    return Finding(
        rule_id=row.rule_id,
        severity=Severity(row.severity),
        message_zh=row.message_zh,
        fix_zh=row.fix_zh,
        sheet=row.sheet,
        row=row.src_row,
        column=row.column_name,
        header=row.header_zh,
        cell=row.cell,
        value=row.value,
        explanation=row.explanation,
        carried_from=row.carried_from,
        fingerprint=row.fingerprint,
        area_code=row.area_code,
    )
