"""What arrives: a file, what its sender says about it, and the explanations that came with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from xiantong.names import DatasetId
from xiantong.periods import Period

# Of a file that was not delivered: it is only looked at, and parsing wants some id to name its files.
NOT_DELIVERED = "0" * 20


@dataclass(frozen=True, slots=True)
class DeliveryFile:
    """A delivery as it arrived. ``path`` is the original in the store, ``name`` its own file name.

    ``period`` and ``reporter_code`` are what the sender said beside the file (an upload form, a
    command-line option); None leaves them to the title rows, the envelope or the file name.
    ``sidecar`` is a list of explanations that was handed in beside the file.
    """

    submission_id: str
    dataset: DatasetId
    path: Path
    name: str
    submitted_at: datetime
    period: Period | None = None
    reporter_code: str | None = None
    sidecar: Path | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """Metadata of one delivery. ``period`` and ``reporter_code`` are None where nobody said them."""

    submitted_at: datetime
    period: Period | None = None
    reporter_code: str | None = None
    reporter_area_code: str | None = None
    reporter_name: str | None = None
    filler_name: str | None = field(default=None, repr=False)
    reviewer_name: str | None = field(default=None, repr=False)
    unit_head_name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reporter's explanation of a warning: for one rule, or for one row of a sheet, or both.

    ``fingerprint`` is that of the finding which the reporter answers, where the text stands in a
    list of findings that we handed out.
    """

    text: str
    rule_id: str | None = None
    sheet: str | None = None
    row: int | None = None
    fingerprint: str | None = None
