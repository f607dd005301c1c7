"""Tables of the ledger. A change here goes with a migration in ``migrations/versions``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# The newest migration; a test compares it with the folder of migrations.
HEAD = "0006"
VERSION_TABLE = "ledger_version"


class Table(DeclarativeBase):
    """Base of the ledger's tables. Times are UTC without a zone."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(),
        date: Date(),
        dict[str, int]: JSON(),
        dict[str, str]: JSON(),
    }


class DeliveryRow(Table):
    """One row per file that arrived."""

    __tablename__ = "delivery"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    submitted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    sidecar_sha256: Mapped[str | None] = mapped_column(String(64))
    sidecar_name: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_delivery_dataset_state", "dataset_id", "state"),)


class SubmissionRow(Table):
    """One row per decided delivery."""

    __tablename__ = "submission"

    id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int | None]
    period: Mapped[str | None] = mapped_column(String(10))
    reporter_code: Mapped[str | None] = mapped_column(Text)
    reporter_area_code: Mapped[str | None] = mapped_column(Text)
    reporter_name: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime]
    settled_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    due_at: Mapped[date | None]
    row_cnt: Mapped[int] = mapped_column(BigInteger)
    accepted_row_cnt: Mapped[int] = mapped_column(BigInteger)
    bad_row_cnt: Mapped[int] = mapped_column(BigInteger)
    error_cnt: Mapped[int] = mapped_column(BigInteger)
    warning_cnt: Mapped[int] = mapped_column(BigInteger)
    explained_cnt: Mapped[int] = mapped_column(BigInteger)
    content_digest: Mapped[str] = mapped_column(String(128))
    explanation_digest: Mapped[str | None] = mapped_column(String(128))
    duplicate_of: Mapped[str | None] = mapped_column(ForeignKey("submission.id"))
    lake_key: Mapped[str | None] = mapped_column(Text)
    loaded_at: Mapped[datetime | None]
    wants_return: Mapped[bool]
    return_key: Mapped[str | None] = mapped_column(Text)
    filler_name: Mapped[str | None] = mapped_column(Text)
    reviewer_name: Mapped[str | None] = mapped_column(Text)
    unit_head_name: Mapped[str | None] = mapped_column(Text)
    rule_counts: Mapped[dict[str, int]]
    cells: Mapped[dict[str, str]]

    __table_args__ = (
        Index("ix_submission_dataset_period", "dataset_id", "period"),
        Index(
            "uq_submission_revision",
            "dataset_id",
            "period",
            "reporter_code",
            "revision",
            unique=True,
            sqlite_where=text("revision is not null"),
            postgresql_where=text("revision is not null"),
        ),
    )


class FindingRow(Table):
    """One row per listed finding; ``value`` is masked where the column is personal. ``fingerprint``
    finds the same warning again in another revision, ``area_code`` is the area of the row."""

    __tablename__ = "finding"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(10))
    message_zh: Mapped[str] = mapped_column(Text)
    fix_zh: Mapped[str] = mapped_column(Text)
    sheet: Mapped[str | None] = mapped_column(Text)
    src_row: Mapped[int | None] = mapped_column(BigInteger)
    column_name: Mapped[str | None] = mapped_column(Text)
    header_zh: Mapped[str | None] = mapped_column(Text)
    cell: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(String(40))
    area_code: Mapped[str | None] = mapped_column(Text)


class ExplanationRow(Table):
    """One row per finding that the reporter explained, in the reporter's words. ``carried_from`` is
    the submission in which it was first given, where this one did not repeat it."""

    __tablename__ = "explanation"

    submission_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    carried_from: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        ForeignKeyConstraint(["submission_id", "seq"], ["finding.submission_id", "finding.seq"]),
    )


class DifferenceRow(Table):
    """One row per submission that was compared with an earlier one of the same period."""

    __tablename__ = "difference"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    base_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    basis: Mapped[str] = mapped_column(String(20))
    added_cnt: Mapped[int] = mapped_column(BigInteger)
    removed_cnt: Mapped[int] = mapped_column(BigInteger)
    kept_cnt: Mapped[int] = mapped_column(BigInteger)
    changed_cnt: Mapped[int] = mapped_column(BigInteger)
    unchanged_cnt: Mapped[int] = mapped_column(BigInteger)
    cell_counts: Mapped[dict[str, int]]
    key: Mapped[str | None] = mapped_column(Text)
    computed_at: Mapped[datetime]


class ClosingRow(Table):
    """One row per closing or reopening of a period. Rows are only added."""

    __tablename__ = "closing"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(10))
    period: Mapped[str] = mapped_column(String(10))
    dataset_id: Mapped[str | None] = mapped_column(String(120))
    reporter_code: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    until: Mapped[date | None]
    release: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_closing_period", "period"),)


class ArrangementRow(Table):
    """One row per extension, exemption or withdrawal of one. Rows are only added."""

    __tablename__ = "arrangement"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(10))
    reporter_code: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(String(10))
    dataset_id: Mapped[str | None] = mapped_column(String(120))
    department: Mapped[str | None] = mapped_column(String(60))
    due_at: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    withdraws: Mapped[int | None] = mapped_column(ForeignKey("arrangement.seq"))


class ReminderRow(Table):
    """One row per step of sending one message to one reporter. Rows are only added."""

    __tablename__ = "reminder"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    reporter_code: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(10))
    day: Mapped[date]
    state: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    item_cnt: Mapped[int]
    fault: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_reminder_reporter_day", "reporter_code", "day"),)
