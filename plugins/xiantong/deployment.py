"""What one installation consists of: its settings and what they open.

Every task, command and page makes a ``Deployment`` first. What it opens is opened on first use, so
that a question costs only what it needs.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xiantong.contracts.catalogue import Catalogue
from xiantong.cover import Cover
from xiantong.delivered import DeliveryFile
from xiantong.settings import Settings
from xiantong.whole_files import kept_private

if TYPE_CHECKING:
    from xiantong.checking.lake import AcceptedLake
    from xiantong.ledger import Delivery, Ledger
    from xiantong.store import Store


@dataclass(frozen=True)
class Deployment:
    """The settings and what they open: contracts, ledger, store, lake, the secret key."""

    settings: Settings

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.settings.expectations)

    @cached_property
    def ledger(self) -> Ledger:
        from xiantong.ledger import Ledger

        self.settings.root.mkdir(parents=True, exist_ok=True)
        return Ledger.of(self.settings)

    @property
    def has_ledger(self) -> bool:
        """False where nothing was ever delivered; asking for the ledger then makes one."""
        return bool(self.settings.ledger) or (self.settings.root / "ledger.db").exists()

    @cached_property
    def store(self) -> Store:
        from xiantong.store import Store

        return Store.of(self.settings)

    @cached_property
    def lake(self) -> AcceptedLake:
        from xiantong.ledger import LedgerLake

        return LedgerLake(self.ledger, self.store)

    @cached_property
    def hash_key(self) -> bytes:
        """The given secret, or one that was made on first use and kept with mode 600.

        Raises ``RuntimeError`` for an empty one: hashes without a secret hide nothing.
        """
        if self.settings.hash_key:
            return self.settings.hash_key.encode()
        path = self.settings.root / "hash.key"
        key = kept_private(path, lambda: secrets.token_hex(32).encode())
        if not key:
            raise RuntimeError(
                f"{path} is empty: put the key of this deployment back. Without it nobody's "
                "identity number matches what was accepted before"
            )
        return key

    def file_of(self, delivery: Delivery) -> DeliveryFile:
        """The stored original of a delivery, with what its cover note says."""
        content = self.store.cover(delivery.id)
        cover = Cover.read(content) if content else Cover()
        return DeliveryFile(
            submission_id=delivery.id,
            dataset=delivery.dataset,
            path=self.store.original_path(delivery.sha256, delivery.name),
            name=delivery.name,
            submitted_at=delivery.submitted_at,
            period=cover.given_period,
            reporter_code=cover.reporter_code,
            sidecar=self._sidecar_of(delivery),
        )

    def _sidecar_of(self, delivery: Delivery) -> Path | None:
        """The stored list of explanations that was handed in beside the delivery."""
        if delivery.sidecar_sha256 is None or delivery.sidecar_name is None:
            return None
        return self.store.original_path(delivery.sidecar_sha256, delivery.sidecar_name)
