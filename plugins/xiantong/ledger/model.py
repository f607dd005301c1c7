"""What the ledger knows, as plain data that outlives any database session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from xiantong.findings import Finding
from xiantong.names import DatasetId
from xiantong.periods import Period


class DeliveryState(StrEnum):
    """``received``: stored and waiting; ``settled``: decided as a submission."""

    RECEIVED = "received"
    SETTLED = "settled"


class Status(StrEnum):
    """What was decided about a submission. A duplicate brings nothing new."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file as it arrived. Times are UTC without a zone, ``size`` is in bytes.

    A list of explanations that lay beside the file is its sidecar; ``size`` and ``modified_ns``
    are then those of both together.
    """

    id: str
    dataset: DatasetId
    name: str
    sha256: str
    size: int
    modified_ns: int
    submitted_at: datetime
    received_at: datetime
    state: DeliveryState = DeliveryState.RECEIVED
    sidecar_sha256: str | None = None
    sidecar_name: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What was decided about one delivery. Times are UTC without a zone.

    ``revision`` is None for duplicates (``duplicate_of`` names the submission with the same
    content) and where the period or the reporter is unknown. ``row_cnt`` counts delivered rows,
    ``accepted_row_cnt`` the rows in the lake file; the other counts are violations, unlisted ones
    included. ``wants_return``: the reporter gets a workbook back, also where good rows were accepted
    without the bad ones. ``explanation_digest`` is the fingerprint of all explanations and remarks,
    None where it was not taken. ``cells`` and ``rule_counts`` are what that workbook needs from the check.
    """

    id: str
    dataset: DatasetId
    file_name: str
    sha256: str
    content_digest: str
    status: Status
    revision: int | None
    period: Period | None
    reporter_code: str | None
    reporter_area_code: str | None
    reporter_name: str | None
    submitted_at: datetime
    settled_at: datetime
    accepted_at: datetime | None = None
    due_at: date | None = None
    row_cnt: int = 0
    accepted_row_cnt: int = 0
    bad_row_cnt: int = 0
    error_cnt: int = 0
    warning_cnt: int = 0
    explained_cnt: int = 0
    duplicate_of: str | None = None
    lake_key: str | None = None
    loaded_at: datetime | None = None
    wants_return: bool = False
    return_key: str | None = None
    filler_name: str | None = field(default=None, repr=False)
    reviewer_name: str | None = field(default=None, repr=False)
    unit_head_name: str | None = field(default=None, repr=False)
    explanation_digest: str | None = None
    rule_counts: dict[str, int] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def unexplained_cnt(self) -> int:
        """Warnings that still want an explanation."""
        return self.warning_cnt - self.explained_cnt


@dataclass(frozen=True, slots=True)
class Record:
    """A submission as the board needs it; many thousands are read at once."""

    id: str
    dataset: DatasetId
    period: Period | None
    reporter_code: str | None
    submitted_at: datetime
    status: Status
    revision: int | None
    error_cnt: int
    warning_cnt: int
    explained_cnt: int

    @property
    def unexplained_cnt(self) -> int:
        return self.warning_cnt - self.explained_cnt


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A finding with the submission it belongs to; ``seq`` numbers them from 1."""

    submission: Submission
    seq: int
    finding: Finding
