"""The accepted files of the lake, as the check wants to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiantong.ledger.ledger import Ledger
from xiantong.names import DatasetId
from xiantong.store import Store

if TYPE_CHECKING:
    from xiantong.checking.lake import AcceptedFile


class LedgerLake:
    """All accepted revisions of a dataset, by ledger and store (an ``AcceptedLake``)."""

    def __init__(self, ledger: Ledger, store: Store) -> None:
        self._ledger = ledger
        self._store = store

    def accepted(self, dataset: DatasetId) -> list[AcceptedFile]:
        """Ordered by period, reporter and revision; a submission without rows has a file too."""
        # Whoever only asks the ledger is spared the engines of the check.
        from xiantong.checking.lake import AcceptedFile

        return [
            AcceptedFile(
                path=self._store.local_path(s.lake_key),
                submission_id=s.id,
                reporter_code=s.reporter_code,
                period=s.period,
                revision=s.revision,
                accepted_at=s.accepted_at,
                reporter_area_code=s.reporter_area_code,
            )
            for s in self._ledger.accepted(dataset)
            # An accepted submission has all of these; the type of a returned one allows None.
            if s.lake_key and s.reporter_code and s.period and s.revision and s.accepted_at
        ]
