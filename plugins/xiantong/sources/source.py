"""What intake expects of a place that has deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from xiantong.names import DatasetId


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that a source has.

    ``name`` is fit for people and databases, ``handle`` is what the source itself calls the file.
    ``size`` in bytes, ``modified_ns`` in ns since 1970 UTC. ``unmarked``: its senders say beside a
    file that it is complete, and for this one have not yet. ``covered``: a cover note lies beside
    it. ``sidecar`` is a list of explanations beside the file.
    """

    dataset: DatasetId
    name: str
    size: int
    modified_ns: int
    handle: bytes
    unmarked: bool = field(default=False, compare=False)
    covered: bool = field(default=False, compare=False)
    sidecar: Offer | None = field(default=None, compare=False)

    @property
    def total_size(self) -> int:
        """Bytes of the file and its sidecar."""
        return self.size + (self.sidecar.size if self.sidecar else 0)

    @property
    def latest_ns(self) -> int:
        """When file and sidecar were complete: the later time of change, in ns since 1970 UTC."""
        return max(self.modified_ns, self.sidecar.modified_ns if self.sidecar else 0)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not taken, with the reason for whoever looks after the source.

    ``waiting`` is True where the next look may find it ready.
    """

    place: str
    reason: str
    waiting: bool = False


class VanishedError(Exception):
    """An offered file is gone, is not the one that was offered, or cannot be read."""


class Source(Protocol):
    """A place with deliveries. Looking changes nothing there."""

    def look(self) -> Iterator[Offer | Skipped]:
        """Everything that is there now, without reading any content."""

    def again(self, offer: Offer) -> Offer:
        """Look at one file once more; ``VanishedError`` where it is no longer there."""

    def open(self, offer: Offer) -> AbstractContextManager[BinaryIO]:
        """The content of a file; ``VanishedError`` where it cannot be opened."""

    def cover(self, offer: Offer) -> bytes | None:
        """The cover note of a file, None where it has none; ``VanishedError`` as above."""
