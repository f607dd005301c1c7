"""What a settling did, for whoever started it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from xiantong.ledger.model import Status, Submission
from xiantong.names import DatasetId


@dataclass(frozen=True, slots=True)
class Settled:
    """One decided submission in brief. ``rows`` is the number of rows in the lake."""

    submission_id: str
    file_name: str
    period: str | None
    reporter_code: str | None
    revision: int | None
    rows: int
    error_cnt: int
    warning_cnt: int
    return_key: str | None


@dataclass(frozen=True, slots=True)
class SettleSummary:
    """Decisions of one settling of one dataset.

    ``failed_returns``: submissions whose return workbook could not be written, with the kind of
    failure; they are tried again the next time.
    """

    dataset: DatasetId
    accepted: tuple[Settled, ...] = ()
    returned: tuple[Settled, ...] = ()
    duplicate: tuple[Settled, ...] = ()
    failed_returns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        dataset: DatasetId,
        submissions: Iterable[Submission],
        failed_returns: Mapping[str, str],
    ) -> SettleSummary:
        groups: dict[Status, list[Settled]] = {status: [] for status in Status}
        for s in submissions:
            groups[s.status].append(
                Settled(
                    submission_id=s.id,
                    file_name=s.file_name,
                    period=s.period.label if s.period else None,
                    reporter_code=s.reporter_code,
                    revision=s.revision,
                    rows=s.accepted_row_cnt,
                    error_cnt=s.error_cnt,
                    warning_cnt=s.warning_cnt,
                    return_key=s.return_key,
                )
            )
        return cls(
            dataset,
            accepted=tuple(groups[Status.ACCEPTED]),
            returned=tuple(groups[Status.RETURNED]),
            duplicate=tuple(groups[Status.DUPLICATE]),
            failed_returns=dict(failed_returns),
        )

    @property
    def counts(self) -> dict[str, int]:
        """Number of accepted, returned and duplicate submissions, and of accepted rows."""
        return {
            "accepted": len(self.accepted),
            "returned": len(self.returned),
            "duplicate": len(self.duplicate),
            "rows": sum(settled.rows for settled in self.accepted),
        }

    @property
    def periods(self) -> list[str]:
        """Periods of which something was accepted, in order."""
        return sorted({settled.period for settled in self.accepted if settled.period})

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "dataset": str(self.dataset),
            "counts": self.counts,
            "periods": self.periods,
        }

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        return f"{self.dataset}: {counted}"
