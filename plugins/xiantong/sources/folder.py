"""Deliveries in folders: ``inbox/<department>/<dataset>/<any file name>``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from xiantong.cover import MOST_BYTES
from xiantong.cover import SUFFIX as COVER
from xiantong.masking import IDENTITY_NUMBER, MASK
from xiantong.names import DatasetId
from xiantong.sources.sidecars import is_sidecar, sidecar_of
from xiantong.sources.source import Offer, Skipped, VanishedError

MARKER = ".ok"
# What copying programs, spreadsheets and file managers leave beside the files themselves.
TEMPORARY = re.compile(
    r"^(\.|~\$|~)|\.(part|partial|filepart|tmp|temp|crdownload|download|swp|lock)$|~$"
    r"|^(thumbs\.db|desktop\.ini)$",
    re.IGNORECASE,
)
CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class FolderSource:
    """A folder with one folder per department and in it one per dataset.

    Folders are opened one below the other without following symbolic links, so that nothing
    outside can be drawn in, whatever happens between looking and reading. A file ``<name>.ok``
    marks ``<name>`` as complete and is no delivery itself; neither is its cover note (``cover.py``).
    ``markers``: the senders write them, so that a CSV without one is not complete. Whoever puts a
    file into the inbox by hand need not know of them; half a workbook is recognised as such.
    """

    def __init__(self, root: Path, datasets: Collection[DatasetId], markers: bool = False) -> None:
        self.root = root
        self._datasets = frozenset(datasets)
        self._markers = markers

    def look(self) -> Iterator[Offer | Skipped]:
        if not self.root.is_dir():
            return
        root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for department in _entries(root):
                yield from self._look_into_department(root, department)
        finally:
            os.close(root)

    def _look_into_department(self, root: int, name: str) -> Iterator[Offer | Skipped]:
        try:
            department = os.open(name, _DIRECTORY, dir_fd=root)
        except OSError as error:
            yield Skipped(readable(name), _why_no_folder(error))
            return
        try:
            for dataset in _entries(department):
                place = f"{readable(name)}/{readable(dataset)}"
                yield from self._look_into_dataset(department, dataset, place)
        finally:
            os.close(department)

    def _look_into_dataset(
        self, department: int, name: str, place: str
    ) -> Iterator[Offer | Skipped]:
        try:
            folder = os.open(name, _DIRECTORY, dir_fd=department)
        except OSError as error:
            yield Skipped(place, _why_no_folder(error))
            return
        try:
            dataset = _dataset(place)
            if dataset not in self._datasets or dataset is None:
                yield Skipped(place, "no dataset has this name; 没有这个数据集")
                return
            yield from self._look_at_files(folder, dataset, place)
        except OSError as error:
            yield Skipped(place, f"cannot be listed: {error.strerror}")
        finally:
            os.close(folder)

    def _look_at_files(
        self, folder: int, dataset: DatasetId, place: str
    ) -> Iterator[Offer | Skipped]:
        with os.scandir(folder) as scanned:
            entries = {entry.name: entry for entry in scanned}
        offers: dict[str, Offer] = {}
        for entry in entries.values():
            name = readable(entry.name)
            if name.endswith((MARKER, COVER)):
                continue
            if TEMPORARY.search(name):
                yield Skipped(f"{place}/{name}", "temporary file", waiting=True)
                continue
            try:
                status = entry.stat(follow_symlinks=False)
                offer = _offer(dataset, name, os.fsencode(entry.name), status)
            except VanishedError as error:
                yield Skipped(f"{place}/{name}", str(error))
            except OSError:  # it vanished while we looked
                continue
            else:
                # By the unmasked name: two people's files may look the same when masked.
                offers[entry.name] = replace(
                    offer,
                    unmarked=self._lacks_marker(entry.name, entries),
                    covered=f"{entry.name}{COVER}" in entries,
                )
        yield from _with_sidecars(offers, place)

    def _lacks_marker(self, name: str, among: Collection[str]) -> bool:
        is_csv = name.lower().endswith(".csv")
        return self._markers and is_csv and f"{name}{MARKER}" not in among

    def again(self, offer: Offer) -> Offer:
        with self._folder(offer) as folder:
            try:
                status = os.stat(offer.handle, dir_fd=folder, follow_symlinks=False)
            except OSError as error:
                raise VanishedError(error.strerror) from error
        return _offer(offer.dataset, offer.name, offer.handle, status)

    @contextmanager
    def open(self, offer: Offer) -> Iterator[BinaryIO]:
        with self._folder(offer) as folder:
            try:
                handle = os.open(offer.handle, _FILE, dir_fd=folder)
            except OSError as error:
                raise VanishedError(error.strerror) from error
        with os.fdopen(handle, "rb") as file:
            opened = _offer(offer.dataset, offer.name, offer.handle, os.fstat(handle))
            if opened != offer:
                raise VanishedError("it changed while it was read")
            yield file
            # What was read is one state of the file only if nobody wrote meanwhile.
            if _offer(offer.dataset, offer.name, offer.handle, os.fstat(handle)) != offer:
                raise VanishedError("it changed while it was read")

    def cover(self, offer: Offer) -> bytes | None:
        if not offer.covered:
            return None
        with self._folder(offer) as folder:
            try:
                handle = os.open(offer.handle + os.fsencode(COVER), _FILE, dir_fd=folder)
            except OSError as error:
                raise VanishedError(error.strerror) from error
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise VanishedError("its cover note is not a file")
            return file.read(MOST_BYTES + 1)

    @contextmanager
    def _folder(self, offer: Offer) -> Iterator[int]:
        opened: list[int] = []
        try:
            opened.append(os.open(self.root, os.O_RDONLY | os.O_DIRECTORY))
            for name in offer.dataset.folder.parts:
                opened.append(os.open(name, _DIRECTORY, dir_fd=opened[-1]))
        except OSError as error:
            raise VanishedError(error.strerror) from error
        else:
            yield opened[-1]
        finally:
            for handle in opened:
                os.close(handle)


def _with_sidecars(offers: dict[str, Offer], place: str) -> Iterator[Offer | Skipped]:
    """Deliveries, by their real names, with the list of explanations that belongs to each."""
    taken = set()
    for name, offer in offers.items():
        sidecar = sidecar_of(name, offers)
        if sidecar:
            taken.add(sidecar)
        if not is_sidecar(name):
            yield replace(offer, sidecar=offers[sidecar] if sidecar else None)
    for name, offer in offers.items():
        if is_sidecar(name) and name not in taken:
            yield Skipped(
                f"{place}/{offer.name}",
                "explanations without their file; 说明文件缺少对应的报表",
                waiting=True,
            )


def _offer(dataset: DatasetId, name: str, handle: bytes, status: os.stat_result) -> Offer:
    if not stat.S_ISREG(status.st_mode):
        raise VanishedError(_why_no_file(status.st_mode))
    return Offer(dataset, name, status.st_size, status.st_mtime_ns, handle)


def _entries(folder: int) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def _dataset(place: str) -> DatasetId | None:
    try:
        return DatasetId.parse(place.replace("/", "."))
    except ValueError:
        return None


def readable(name: str) -> str:
    """A file name as text, without identity numbers. Older systems write Chinese names in GB18030."""
    raw = os.fsencode(name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    return IDENTITY_NUMBER.sub(MASK, CONTROL.sub("_", text))


def _why_no_folder(error: OSError) -> str:
    if isinstance(error, NotADirectoryError):
        return "not a folder, or a symbolic link; 只接收文件夹中的文件"
    return f"cannot be opened: {error.strerror}"


def _why_no_file(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "symbolic links are not followed"
    return (
        "a folder; files lie directly in the folder of the dataset"
        if stat.S_ISDIR(mode)
        else "not a file"
    )
