"""The part of the ledger that the warehouse shows to analysts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, select

from xiantong.ledger.ledger import Ledger
from xiantong.ledger.schema import DeliveryRow, ExplanationRow, FindingRow, SubmissionRow


def submission_rows(ledger: Ledger) -> Iterator[tuple[Any, ...]]:
    """Rows of ``raw.ledger__submission``."""
    s = SubmissionRow
    statement = (
        select(
            s.id,
            s.dataset_id,
            s.reporter_code,
            s.reporter_area_code,
            s.period,
            s.revision,
            s.submitted_at,
            s.due_at,
            s.status,
            s.row_cnt,
            s.accepted_row_cnt,
            s.error_cnt,
            s.warning_cnt,
            s.accepted_at,
            DeliveryRow.name,
            DeliveryRow.sha256,
        )
        .join(DeliveryRow, DeliveryRow.id == s.id)
        .order_by(s.id)
    )
    for row in ledger.stream(statement):
        submission_id, dataset_id = row[0], row[1]
        yield submission_id, dataset_id, dataset_id.partition(".")[0], *row[2:]


def finding_rows(ledger: Ledger) -> Iterator[tuple[Any, ...]]:
    """Rows of ``raw.ledger__finding``."""
    s, f, e = SubmissionRow, FindingRow, ExplanationRow
    statement = (
        select(
            f.submission_id,
            s.dataset_id,
            s.reporter_code,
            s.period,
            s.revision,
            f.seq,
            f.rule_id,
            f.severity,
            f.message_zh,
            f.sheet,
            f.src_row,
            f.column_name,
            f.header_zh,
            f.cell,
            f.value,
            e.text,
            e.carried_from,
            f.area_code,
        )
        .join(s, s.id == f.submission_id)
        .join(e, and_(e.submission_id == f.submission_id, e.seq == f.seq), isouter=True)
        .order_by(f.submission_id, f.seq)
    )
    return map(tuple, ledger.stream(statement))
