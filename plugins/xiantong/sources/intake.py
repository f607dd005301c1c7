"""Intake: what is new in a source goes into the store, then into the ledger."""

from __future__ import annotations

import errno
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from xiantong.contracts.catalogue import Catalogue
from xiantong.county_time import utc_now
from xiantong.cover import MOST_BYTES, Cover, CoverError
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import Delivery
from xiantong.masking import MASK
from xiantong.names import DatasetId
from xiantong.settings import Settings
from xiantong.sources.fetching import read_sources
from xiantong.sources.folder import MARKER, FolderSource
from xiantong.sources.source import Offer, Skipped, Source, VanishedError
from xiantong.store import Original, Store

_RECORDED_AT_ONCE = 200
_LONGEST_WAIT_SECONDS = 5.0
_MARKER_PATIENCE = timedelta(minutes=10)
# A bad disk or a share that went away concerns one file; a full disk of ours concerns everything, and
# so does a store that we may not write to. A file that we may not read has vanished as far as we see.
_FAULTS_OF_A_SOURCE = {errno.EIO, errno.ESTALE, errno.ENXIO, errno.ETIMEDOUT}
_EPOCH = datetime(1970, 1, 1)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """New deliveries, and what was not taken with the reason."""

    new: tuple[Delivery, ...] = ()
    skipped: tuple[Skipped, ...] = field(default_factory=tuple)

    @property
    def new_by_dataset(self) -> dict[DatasetId, int]:
        """Number of new deliveries per dataset."""
        return dict(sorted(Counter(delivery.dataset for delivery in self.new).items()))

    def as_json(self) -> dict[str, Any]:
        return {
            "new": {str(dataset): count for dataset, count in self.new_by_dataset.items()},
            "skipped": [
                {"place": s.place, "reason": s.reason, "waiting": s.waiting} for s in self.skipped
            ],
        }


def intake(
    settings: Settings,
    catalogue: Catalogue,
    ledger: Ledger,
    store: Store,
    now: datetime | None = None,
    progress: Progress = lambda step: None,
    sources: Sequence[Source] | None = None,
) -> IntakeResult:
    """Take every new, complete file of the sources (``folders``, unless others are given).

    A file is complete when nobody has touched it for ``settings.stable_seconds``; for what is
    younger intake waits once, a few seconds at most, and takes what did not change meanwhile. The
    original is stored before the ledger knows of it, so that a process may die in between. Files
    stay where they are: one with a known name, size and time of change is not read again.
    """
    moment = now or utc_now()
    taken: list[Delivery] = []
    skipped: list[Skipped] = []
    with ledger.lock("intake"):
        store.sweep()
        for source in sources or folders(settings, catalogue):
            look = _Look(source, ledger, settings.stable_seconds, moment)
            ready = look.ready()
            for number, some in enumerate(_groups(ready)):
                progress(f"{number * _RECORDED_AT_ONCE + len(some)}/{len(ready)} files")
                stored = list(look.store(some, store))
                store.flush()
                taken += ledger.register(stored)
            skipped += look.skipped
    return IntakeResult(tuple(taken), tuple(skipped))


def folders(settings: Settings, catalogue: Catalogue) -> list[FolderSource]:
    """The inbox, and the folders with what was fetched from elsewhere."""
    datasets = catalogue.contracts
    fetched = [
        FolderSource(settings.fetched / source.name, datasets, markers=source.type == "sftp")
        for source in read_sources(settings.sources_file).sources
    ]
    return [FolderSource(settings.inbox, datasets), *fetched]


class _Look:
    """One look at one source."""

    def __init__(
        self,
        source: Source,
        ledger: Ledger,
        stable_seconds: float,
        now: datetime,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._stable_seconds = stable_seconds
        self._now = now
        self.skipped: list[Skipped] = []

    def ready(self) -> list[Offer]:
        """New files that are complete, those that were delivered first in front."""
        unmarked, new = _divide(self._unknown(), self._waits_for_marker)
        for offer in unmarked:
            self._skip(offer, f"waits for its {MARKER} file", waiting=True)
        young, old = _divide(new, self._is_young)
        ready = [*old, *self._unchanged(young)]
        return sorted(ready, key=lambda o: (o.dataset, o.latest_ns, o.name))

    def store(self, offers: Iterable[Offer], store: Store) -> Iterator[Delivery]:
        """Put files into the store, one after the other."""
        for offer in offers:
            try:
                original = self._keep(offer, store)
                sidecar = self._keep(offer.sidecar, store) if offer.sidecar else None
                delivery = _delivery(offer, original, sidecar, self._now)
                cover = self._source.cover(offer)
                if cover is not None:
                    _check_cover(cover)
                    store.put_cover(cover, delivery.id)
            except CoverError as error:
                self._skip(offer, f"its cover note cannot be read: {error}")
            except VanishedError as error:
                self._skip(offer, str(error), waiting=True)
            except OSError as error:
                if error.errno not in _FAULTS_OF_A_SOURCE:
                    raise
                self._skip(offer, f"cannot be read: {error.strerror}", waiting=True)
            else:
                yield delivery

    def _keep(self, offer: Offer, store: Store) -> Original:
        with self._source.open(offer) as content:
            return store.put_original(content, offer.name)

    def _unknown(self) -> list[Offer]:
        known: dict[DatasetId, set[tuple[str, int, int]]] = {}
        unknown = []
        for found in self._source.look():
            if isinstance(found, Skipped):
                self.skipped.append(found)
                continue
            if found.dataset not in known:
                known[found.dataset] = self._ledger.known_files(found.dataset)
            file = found.name, found.total_size, found.latest_ns
            # Masked names do not tell two people's files apart, only their content does.
            if file not in known[found.dataset] or MASK in found.name:
                unknown.append(found)
        return unknown

    def _age(self, offer: Offer) -> timedelta:
        return self._now - from_ns(offer.latest_ns)

    def _waits_for_marker(self, offer: Offer) -> bool:
        """Senders that forget the marker are served too, only later. A time in the future says
        nothing."""
        return offer.unmarked and timedelta(0) <= self._age(offer) < _MARKER_PATIENCE

    def _is_young(self, offer: Offer) -> bool:
        return self._age(offer) < timedelta(seconds=self._stable_seconds)

    def _unchanged(self, offers: Sequence[Offer]) -> Iterator[Offer]:
        """Files that a second look finds as they were."""
        if not offers or self._stable_seconds <= 0:
            yield from offers
            return
        wait = min(self._stable_seconds, _LONGEST_WAIT_SECONDS)
        time.sleep(wait)
        for offer in offers:
            try:
                files = [offer, *([offer.sidecar] if offer.sidecar else [])]
                same = all(self._source.again(file) == file for file in files)
            except VanishedError as error:
                self._skip(offer, str(error))
                continue
            age = self._age(offer).total_seconds()
            # A clock that runs ahead must not keep a file waiting for ever.
            if same and (age < 0 or age + wait >= self._stable_seconds):
                yield offer
            else:
                self._skip(offer, "still being written", waiting=True)

    def _skip(self, offer: Offer, reason: str, waiting: bool = False) -> None:
        place = f"{offer.dataset.folder.as_posix()}/{offer.name}"
        self.skipped.append(Skipped(place, reason, waiting))


def from_ns(modified_ns: int) -> datetime:
    """Time of change in UTC without a zone."""
    return _EPOCH + timedelta(microseconds=modified_ns // 1000)


def delivery_id(
    dataset: DatasetId, name: str, latest_ns: int, sha256: str, sidecar_sha256: str | None = None
) -> str:
    """The id of a delivery, which follows from what it is; the same file is never taken twice."""
    identity = f"{dataset}|{name}|{latest_ns}|{sha256}"
    if sidecar_sha256 is not None:
        identity += f"|{sidecar_sha256}"
    return hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:20]


def _check_cover(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise CoverError(f"it has more than {MOST_BYTES:,} bytes")
    Cover.read(content)


def _delivery(
    offer: Offer, original: Original, sidecar: Original | None, now: datetime
) -> Delivery:
    digest = sidecar.sha256 if sidecar else None
    return Delivery(
        id=delivery_id(offer.dataset, offer.name, offer.latest_ns, original.sha256, digest),
        dataset=offer.dataset,
        name=offer.name,
        sha256=original.sha256,
        size=offer.total_size,
        modified_ns=offer.latest_ns,
        submitted_at=from_ns(offer.latest_ns),
        received_at=now,
        sidecar_sha256=digest,
        sidecar_name=offer.sidecar.name if offer.sidecar else None,
    )


def _divide(
    offers: Iterable[Offer], condition: Callable[[Offer], bool]
) -> tuple[list[Offer], list[Offer]]:
    """Offers for which the condition holds, and the others."""
    yes: list[Offer] = []
    no: list[Offer] = []
    for offer in offers:
        (yes if condition(offer) else no).append(offer)
    return yes, no


def _groups(offers: Sequence[Offer]) -> Iterator[Sequence[Offer]]:
    for start in range(0, len(offers), _RECORDED_AT_ONCE):
        yield offers[start : start + _RECORDED_AT_ONCE]
