"""What the check may know of earlier deliveries: the accepted Parquet files, no warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from xiantong.names import DatasetId
from xiantong.periods import Period


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """One accepted submission in the lake. Without the area of its reporter every county sees it."""

    path: Path
    submission_id: str
    reporter_code: str
    period: Period
    revision: int
    accepted_at: datetime
    reporter_area_code: str | None = None


class AcceptedLake(Protocol):
    """Lists accepted files of a dataset, all revisions."""

    def accepted(self, dataset: DatasetId) -> list[AcceptedFile]: ...


class EmptyLake:
    """A lake in which nothing was accepted yet."""

    def accepted(self, dataset: DatasetId) -> list[AcceptedFile]:
        return []
